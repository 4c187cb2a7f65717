/** Opening, creating and closing a file take about as long as copying this many bytes. */
const FILE_COST_BYTES = 32 * 1024;

/** Several shards per thread, so that other threads can take over the last ones of a thread that is slow. */
const SHARDS_PER_THREAD = 4;

/**
 * Splits files into shards that take about the same time, so that all threads finish at about the same time. Neighbouring
 * files stay together, so that two threads rarely create files in the same folder, where one would wait for the other.
 *
 * @returns The shards, the longest first. None of them is empty.
 */
export function shardByBytes<T extends { readonly bytes: number }>(
  files: readonly T[],
  threads: number,
): T[][] {
  const costOf = (file: T) => file.bytes + FILE_COST_BYTES;
  const total = files.reduce((sum, file) => sum + costOf(file), 0);
  const most = total / (Math.max(1, threads) * SHARDS_PER_THREAD);
  const shards: { cost: number; files: T[] }[] = [];
  let last: { cost: number; files: T[] } | undefined;
  for (const file of files) {
    const cost = costOf(file);
    if (last === undefined || last.cost + cost > most) {
      last = { cost: 0, files: [] };
      shards.push(last);
    }
    last.cost += cost;
    last.files.push(file);
  }
  return shards.sort((a, b) => b.cost - a.cost).map(({ files: shard }) => shard);
}
