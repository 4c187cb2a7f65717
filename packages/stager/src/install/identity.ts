import { lstatSync, readlinkSync, type Stats } from "node:fs";

/**
 * What stands at a path, in one word that changes when somebody changes it: a link by its target, a file by size, mode
 * and time, a folder by being one (what an agent writes into a staged folder is no damage).
 *
 * @returns null when there is nothing.
 */
export function identityOf(path: string): string | null {
  const stat = statOf(path);
  if (stat === null) return null;
  if (stat.isSymbolicLink()) return `link ${readlinkSync(path)}`;
  if (stat.isDirectory()) return FOLDER;
  return `file ${stat.size} ${stat.mode & 0o7777} ${stat.mtimeMs}`;
}

export const FOLDER = "folder";

/** `lstat`, or null when there is nothing. */
export function statOf(path: string): Stats | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    // A file stands where a folder above the path should be.
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return null;
    throw error;
  }
}
