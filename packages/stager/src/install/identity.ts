import { lstatSync, readlinkSync, type Stats, statSync } from "node:fs";

/**
 * The identity of whatever is at a path: a text that changes when the path is changed. For a link it is made from its target,
 * for a file from size, mode and time. For a folder it is constant, because the agent may write into a staged folder.
 *
 * @returns null when nothing is there.
 */
export function identityOf(path: string): string | null {
  const stat = statOf(path);
  if (stat === null) return null;
  if (stat.isSymbolicLink()) return `link ${readlinkSync(path)}`;
  if (stat.isDirectory()) return FOLDER;
  return `file ${stat.size} ${stat.mode & 0o7777} ${stat.mtimeMs}`;
}

export const FOLDER = "folder";

/** `lstat`, or null when nothing is there. */
export function statOf(path: string): Stats | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    // There is a file where a folder above the path should be.
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return null;
    throw error;
  }
}

/**
 * Whether two identities are equal. Their times may differ by a millisecond, because a copy to another file system sets them
 * as a fractional number of seconds, and some file systems round them.
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

/** Whether a path is a folder, or a link to one. */
export function leadsToFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
