import { withCancelFlag } from "../cancel.ts";
import type { StagePool } from "../pool.ts";
import type { PrefetchResult } from "./prefetch-task.ts";
import * as tasks from "./tasks.ts";

/**
 * Reads files and folders into the page cache, one megabyte at a time, in one thread. Aborting `signal` ends it after the
 * present megabyte. Then it does not throw, but returns with `cancelled` true.
 */
export async function prefetch(options: {
  readonly pool: StagePool;
  readonly paths: readonly string[];
  readonly signal: AbortSignal;
}): Promise<PrefetchResult> {
  const { pool, paths, signal } = options;
  return withCancelFlag(signal, (cancel) => pool.run(tasks.prefetch, { paths, cancel }));
}
