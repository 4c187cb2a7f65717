import { lutimes, readdir } from "node:fs/promises";
import { join } from "node:path";

/**
 * Sets the time of folders, links and our own files, so that two builds of the same inputs give the same image layer. Files
 * of the stage have their times already.
 *
 * @param seconds - Since 1970.
 * @see https://reproducible-builds.org/specs/source-date-epoch/
 */
export async function setTimes(stageDir: string, seconds: number): Promise<void> {
  for (const entry of await readdir(stageDir, { withFileTypes: true })) {
    const path = join(stageDir, entry.name);
    if (entry.isDirectory()) await setFolderTimes(path, seconds);
    else await lutimes(path, seconds, seconds);
  }
  await lutimes(stageDir, seconds, seconds);
}

async function setFolderTimes(folder: string, seconds: number): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await setFolderTimes(path, seconds);
    else if (entry.isSymbolicLink()) await lutimes(path, seconds, seconds);
  }
  await lutimes(folder, seconds, seconds);
}
