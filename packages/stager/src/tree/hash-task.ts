import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { type CancelFlag, throwIfCancelled } from "../cancel.ts";
import { NEVER_WAITING } from "../small-file.ts";

const PIECE_BYTES = 256 * 1024;

export interface ContentHash {
  readonly sha256: string;
  readonly bytes: number;
}

/** Returns SHA-256 and length of each file, in the same order. Runs in a worker. */
export function hashTask(options: {
  readonly paths: readonly string[];
  readonly cancel: CancelFlag;
}): ContentHash[] {
  const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
  return options.paths.map((path) => hashFile(path, piece, options.cancel));
}

function hashFile(path: string, piece: Buffer, cancel: CancelFlag): ContentHash {
  const hash = createHash("sha256");
  let bytes = 0;
  const file = openSync(path, NEVER_WAITING);
  try {
    for (;;) {
      throwIfCancelled(cancel);
      const bytesRead = readSync(file, piece, 0, PIECE_BYTES, null);
      if (bytesRead === 0) break;
      hash.update(piece.subarray(0, bytesRead));
      bytes += bytesRead;
    }
  } finally {
    closeSync(file);
  }
  return { sha256: hash.digest("hex"), bytes };
}
