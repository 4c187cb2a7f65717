import { access, constants, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** The folder itself, or the nearest existing folder above it, in which it would be created. */
export async function nearestExisting(path: string): Promise<string> {
  for (let folder = path; ; folder = dirname(folder)) {
    try {
      await stat(folder);
      return folder;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (folder === dirname(folder) || (code !== "ENOENT" && code !== "ENOTDIR")) return folder;
    }
  }
}

export async function isWritable(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
