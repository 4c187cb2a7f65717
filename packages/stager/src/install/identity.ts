import { lstat, readlink } from "node:fs/promises";

/**
 * What stands at a path, in one word that changes when somebody changes it: a link by its target, a file by size, mode
 * and time, a folder by being one (what an agent writes into a staged folder is no damage).
 *
 * @returns null when there is nothing.
 */
export async function identityOf(path: string): Promise<string | null> {
  try {
    const stat = await lstat(path);
    if (stat.isSymbolicLink()) return `link ${await readlink(path)}`;
    if (stat.isDirectory()) return "folder";
    return `file ${stat.size} ${stat.mode & 0o7777} ${stat.mtimeMs}`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
}
