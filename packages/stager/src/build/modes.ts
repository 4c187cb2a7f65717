import { chmod, readdir } from "node:fs/promises";
import { join } from "node:path";
import { LISTING_FILE, STAGE_FILE } from "../manifest.ts";

/**
 * Makes a stage readable for everyone, whatever the umask of its build, because the agent often runs as another user. It also
 * makes two builds of the same inputs identical. Files have their modes already; this sets those of folders.
 */
export async function setModes(stageDir: string): Promise<void> {
  await setFolderModes(stageDir);
  for (const name of [LISTING_FILE, STAGE_FILE]) await chmod(join(stageDir, name), 0o644);
}

async function setFolderModes(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await setFolderModes(join(folder, entry.name));
  }
}
