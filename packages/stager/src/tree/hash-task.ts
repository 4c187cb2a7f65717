import { createHash } from "node:crypto";
import { open } from "node:fs/promises";

const PIECE_BYTES = 1024 * 1024;

/** SHA-256 of each file, in the order given. Runs in a worker. */
export async function hashTask({
  files,
}: {
  readonly files: readonly { readonly path: string }[];
}): Promise<string[]> {
  const buffer = Buffer.allocUnsafe(PIECE_BYTES);
  const hashes: string[] = [];
  for (const { path } of files) {
    const hash = createHash("sha256");
    const file = await open(path);
    try {
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, PIECE_BYTES);
        if (bytesRead === 0) break;
        hash.update(buffer.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
    hashes.push(hash.digest("hex"));
  }
  return hashes;
}
