import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  futimesSync,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { type CancelFlag, throwIfCancelled } from "../cancel.ts";
import { NEVER_WAITING } from "../small-file.ts";
import type { FileStrategy } from "./strategy.ts";

/** How much is copied between two looks at the cancel flag. Also the size of a hole that is kept. */
const PIECE_BYTES = 256 * 1024;

const { O_CREAT, O_EXCL, O_WRONLY } = constants;

/** Copies a file. Holes stay holes. */
export const copy: FileStrategy = {
  name: "copy",
  place: (source, target, { mode, mtimeMs, grantedMode: granted, cancel }) => {
    const from = openSync(source, NEVER_WAITING);
    try {
      const isGranted = (mode & ~granted) === 0;
      // When the mode must be set later, nobody else may read the file until then.
      const to = openSync(target, O_WRONLY | O_CREAT | O_EXCL, isGranted ? mode : 0o600);
      try {
        pump(from, to, cancel);
        if (!isGranted) fchmodSync(to, mode);
        futimesSync(to, mtimeMs / 1000, mtimeMs / 1000);
      } catch (error) {
        unlinkSync(target);
        throw error;
      } finally {
        closeSync(to);
      }
    } finally {
      closeSync(from);
    }
  },
};

/**
 * The mode bits that the umask and the folder's default ACL leave for a new file. Found out by creating one, because a thread
 * cannot ask for the umask.
 */
export function grantedMode(folder: string): number {
  const path = join(folder, "probe-mode");
  const file = openSync(path, O_WRONLY | O_CREAT | O_EXCL, 0o777);
  try {
    return fstatSync(file).mode & 0o777;
  } finally {
    closeSync(file);
    unlinkSync(path);
  }
}

function pump(from: number, to: number, cancel: CancelFlag): void {
  let position = 0;
  let endsInHole = false;
  for (;;) {
    const bytesRead = readSync(from, PIECE, 0, PIECE_BYTES, position);
    if (bytesRead === 0) break;
    const content = PIECE.subarray(0, bytesRead);
    // A piece of zeros is not written. It becomes a hole, which reads as zeros, so a sparse file stays sparse.
    endsInHole = content[0] === 0 && content.equals(ZEROS.subarray(0, bytesRead));
    if (!endsInHole) writeAll(to, content, position);
    position += bytesRead;
    if (bytesRead < PIECE_BYTES) break;
    throwIfCancelled(cancel);
  }
  if (endsInHole) ftruncateSync(to, position);
}

function writeAll(to: number, content: Buffer, position: number): void {
  for (let written = 0; written < content.length; ) {
    written += writeSync(to, content, written, content.length - written, position + written);
  }
}

const PIECE = Buffer.allocUnsafeSlow(PIECE_BYTES);
const ZEROS = Buffer.alloc(PIECE_BYTES);
