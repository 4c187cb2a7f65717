import type { StagePool } from "./pool.ts";

/**
 * Reads files ahead into the page cache. Aborting `signal` ends it at the next chunk, without killing the worker:
 * others need it.
 */
export async function prefetch(options: {
  readonly pool: StagePool;
  readonly paths: readonly string[];
  readonly signal: AbortSignal;
}): Promise<{ readonly bytes: number; readonly cancelled: boolean }> {
  const { pool, paths, signal } = options;
  const cancel = new SharedArrayBuffer(4);
  const onAbort = () => Atomics.store(new Int32Array(cancel), 0, 1);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await pool.run("prefetch", { paths, cancel });
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
