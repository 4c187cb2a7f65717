import { withCancelFlag } from "./cancel.ts";
import type { StagePool } from "./pool.ts";

/**
 * Reads files ahead into the page cache, one megabyte at a time. Aborting `signal` ends it at the next one: then
 * `cancelled` is true, and nothing is thrown.
 */
export async function prefetch(options: {
  readonly pool: StagePool;
  readonly paths: readonly string[];
  readonly signal: AbortSignal;
}): Promise<{ readonly bytes: number; readonly cancelled: boolean }> {
  const { pool, paths, signal } = options;
  return withCancelFlag(signal, (cancel) => pool.run("prefetch", { paths, cancel }));
}
