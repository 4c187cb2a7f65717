import { stat } from "node:fs/promises";

/**
 * Whether something lies at a path. A link counts as what it points to.
 *
 * @throws errors of the file system that leave it open, such as EACCES.
 */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw error;
  }
}
