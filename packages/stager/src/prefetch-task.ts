import { open } from "node:fs/promises";
import { type CancelFlag, isCancelled } from "./cancel.ts";

export interface PrefetchTask {
  readonly paths: readonly string[];
  readonly cancel: CancelFlag;
}

const CHUNK_BYTES = 1024 * 1024;

/** Reads files through so that their pages are in memory. Runs in a worker; looks at the flag between chunks. */
export async function prefetchTask({
  paths,
  cancel,
}: PrefetchTask): Promise<{ bytes: number; cancelled: boolean }> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let bytes = 0;
  for (const path of paths) {
    const file = await open(path);
    try {
      for (;;) {
        if (isCancelled(cancel)) return { bytes, cancelled: true };
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
