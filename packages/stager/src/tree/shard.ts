/** Every file costs about as much as this many bytes, however small it is: open, create, close. */
const FILE_COST_BYTES = 32 * 1024;

/**
 * Splits files into `count` shards that take about as long: the largest first, each to the shard that has least.
 *
 * @returns At most `count` shards, none of them empty.
 */
export function shardByBytes<T extends { readonly bytes: number }>(
  files: readonly T[],
  count: number,
): T[][] {
  const shards = Array.from({ length: Math.max(1, count) }, () => ({ cost: 0, files: [] as T[] }));
  for (const file of files.toSorted((a, b) => b.bytes - a.bytes)) {
    const least = shards.reduce((low, shard) => (shard.cost < low.cost ? shard : low));
    least.cost += file.bytes + FILE_COST_BYTES;
    least.files.push(file);
  }
  return shards.map(({ files: shard }) => shard).filter((shard) => shard.length > 0);
}
