import { closeSync, openSync, readSync, statSync } from "node:fs";
import { type CancelFlag, isCancelled } from "../cancel.ts";
import { pathBelow } from "../tree/paths.ts";
import { walk } from "../tree/walk.ts";

export interface PrefetchResult {
  readonly bytes: number;
  /** Ended early, because it was told to. */
  readonly cancelled: boolean;
  /** What could not be read. It is only missed by who reads it next, and says so then. */
  readonly unread: readonly string[];
}

const PIECE_BYTES = 1024 * 1024;

/** Reads files through so that their pages are in memory, one piece at a time; of folders, everything in them. */
export function prefetchTask(options: {
  readonly paths: readonly string[];
  readonly cancel: CancelFlag;
}): PrefetchResult {
  const { paths, cancel } = options;
  const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
  const unread: string[] = [];
  let bytes = 0;
  for (const path of paths) {
    try {
      for (const node of walk(path)) {
        // Links are followed only from where the caller begins: what is behind others may be anything, even a pipe.
        const isFile = node.path === "" ? statSync(path).isFile() : node.type === "file";
        if (isFile) readThrough(pathBelow(path, node.path));
        if (isCancelled(cancel)) return { bytes, cancelled: true, unread };
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      unread.push((error as NodeJS.ErrnoException).path ?? path);
    }
  }
  return { bytes, cancelled: false, unread };

  function readThrough(path: string): void {
    const file = openSync(path, "r");
    try {
      while (!isCancelled(cancel)) {
        const bytesRead = readSync(file, piece, 0, PIECE_BYTES, null);
        if (bytesRead === 0) return;
        bytes += bytesRead;
      }
    } finally {
      closeSync(file);
    }
  }
}
