import { open } from "node:fs/promises";

export interface PrefetchTask {
  readonly paths: readonly string[];
  /** One 32-bit flag; the caller sets it to 1 to stop the task. */
  readonly cancel: SharedArrayBuffer;
}

const CHUNK_BYTES = 1024 * 1024;

/** Reads files through so that their pages are in memory. Runs in a worker; looks at the flag between chunks. */
export async function prefetchTask({
  paths,
  cancel,
}: PrefetchTask): Promise<{ bytes: number; cancelled: boolean }> {
  const flag = new Int32Array(cancel);
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let bytes = 0;
  for (const path of paths) {
    const file = await open(path);
    try {
      for (;;) {
        if (Atomics.load(flag, 0) === 1) return { bytes, cancelled: true };
        const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES);
        if (bytesRead === 0) break;
        bytes += bytesRead;
      }
    } finally {
      await file.close();
    }
  }
  return { bytes, cancelled: false };
}
