import { closeSync, openSync, readSync, statSync } from "node:fs";
import { type CancelFlag, isCancelled } from "../cancel.ts";
import { NEVER_WAITING } from "../small-file.ts";
import { pathBelow } from "../tree/paths.ts";
import { walk } from "../tree/walk.ts";

export interface PrefetchResult {
  readonly bytes: number;
  /** Whether it was cancelled before it had read everything. */
  readonly cancelled: boolean;
  /** Paths that could not be read. This is harmless: the program that needs them will report it. */
  readonly unread: readonly string[];
}

const PIECE_BYTES = 1024 * 1024;

/** Reads files, piece by piece, so that they are in the page cache. Of a folder, reads every file in it. */
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
        // Only the caller's own paths may be links. Other links could lead anywhere, even to a pipe.
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
    const file = openSync(path, NEVER_WAITING);
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
