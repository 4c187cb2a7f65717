/** All that comes, as UTF-8; null as soon as it is more than `maxBytes`, because what comes may have no end. */
export async function readAtMost(
  stream: AsyncIterable<Buffer>,
  maxBytes: number,
): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > maxBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
