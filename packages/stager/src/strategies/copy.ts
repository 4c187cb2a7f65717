import { constants, copyFile, type FileHandle, open } from "node:fs/promises";
import { type CancelFlag, throwIfCancelled } from "../cancel.ts";
import type { FileStrategy } from "./strategy.ts";

/** Up to this the kernel copies in one call; a larger file goes in pieces, so that a cancel is heard within 50 ms. */
const IN_ONE_CALL_BYTES = 8 * 1024 * 1024;
const PIECE_BYTES = 1024 * 1024;

/** A file with blocks of its own. Holes stay holes. */
export const copy: FileStrategy = {
  name: "copy",
  place: async (source, target, { bytes, cancel }) => {
    if (bytes <= IN_ONE_CALL_BYTES) await copyFile(source, target, constants.COPYFILE_EXCL);
    else await copyInPieces(source, target, cancel);
  },
};

async function copyInPieces(source: string, target: string, cancel: CancelFlag): Promise<void> {
  const from = await open(source, "r");
  try {
    const to = await open(target, "wx");
    try {
      await pump(from, to, cancel);
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

async function pump(from: FileHandle, to: FileHandle, cancel: CancelFlag): Promise<void> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  let position = 0;
  for (;;) {
    throwIfCancelled(cancel);
    const { bytesRead } = await from.read(piece, 0, PIECE_BYTES, position);
    if (bytesRead === 0) break;
    const content = piece.subarray(0, bytesRead);
    // A piece of zeros is left out: the file system reads a hole as zeros, and a sparse file stays sparse.
    if (!isZero(content)) await to.write(content, 0, bytesRead, position);
    position += bytesRead;
  }
  await to.truncate(position);
}

const ZEROS = Buffer.alloc(PIECE_BYTES);

function isZero(piece: Buffer): boolean {
  return piece.equals(ZEROS.subarray(0, piece.length));
}
