/** Every file costs about as much as this many bytes, however small it is: open, create, close. */
const FILE_COST_BYTES = 32 * 1024;

/** As many for each thread: one whose core is busy with something else leaves its last ones to the others. */
const SHARDS_PER_THREAD = 4;

/**
 * Splits files into shards that take about as long, so that all threads finish together whichever is the slowest. Files
 * that are next to each other stay so: a folder is one thread's, which does not wait for another one to make a file in it.
 *
 * @returns The longest first; none of them empty.
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
