import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Creates a folder and its parents, if missing. Without `recursive: true`, which reports ENOENT on a read-only file system and so
 * hides the real reason, and never returns where a folder exists and takes no other (`/proc/self/x/y`).
 *
 * @param mode - Of each new folder. Default: 0777 less the umask.
 */
export function makeFolder(path: string, mode = 0o777): void {
  try {
    mkdirSync(path, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Something else may have the name.
    if (code === "EEXIST" && statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
    const parent = dirname(path);
    if (code !== "ENOENT" || parent === path) throw error;
    makeFolder(parent, mode);
    mkdirSync(path, mode);
  }
}
