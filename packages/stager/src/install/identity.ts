import { lstatSync, readlinkSync, type Stats, statSync } from "node:fs";

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

/**
 * Whether two identities are of the same thing. Times may be a millisecond apart: a copy to another file system sets them
 * through a number of seconds with a fraction, and some file systems keep no more.
 */
export function isSame(one: string | null, other: string | null | undefined): boolean {
  if (one === other) return one !== null;
  const [a, b] = [parseFile(one), parseFile(other)];
  if (a === null || b === null) return false;
  return a.bytes === b.bytes && a.mode === b.mode && Math.abs(a.mtimeMs - b.mtimeMs) <= 1;
}

function parseFile(identity: string | null | undefined) {
  if (identity?.startsWith("file ") !== true) return null;
  const [bytes, mode, mtimeMs = 0] = identity.slice("file ".length).split(" ").map(Number);
  return { bytes, mode, mtimeMs };
}

/** Whether it is a folder, or a link to one. */
export function leadsToFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
