import { chmodSync, constants, copyFileSync, utimesSync } from "node:fs";
import type { FileStrategy } from "./strategy.ts";

/**
 * A separate file that shares the stage's blocks until they are written (btrfs, XFS). `FICLONE_FORCE` fails where this is
 * impossible, instead of copying.
 *
 * @see https://nodejs.org/api/fs.html#fscopyfilesyncsrc-dest-mode
 */
export const reflink: FileStrategy = {
  name: "reflink",
  place: (source, target, { mode, mtimeMs }) => {
    copyFileSync(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
    chmodSync(target, mode);
    utimesSync(target, mtimeMs / 1000, mtimeMs / 1000);
  },
};
