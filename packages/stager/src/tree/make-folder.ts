import { mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Creates a folder and its parents, if missing. Without `recursive: true`, which reports ENOENT on a read-only file system
 * and so hides the real reason.
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    const parent = dirname(path);
    if (code !== "ENOENT" || parent === path) throw error;
    makeFolder(parent);
    mkdirSync(path);
  }
}
