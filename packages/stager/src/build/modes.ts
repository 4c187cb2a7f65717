import { chmod, readdir } from "node:fs/promises";
import { join } from "node:path";
import { LISTING_FILE, STAGE_FILE } from "../manifest.ts";

/**
 * Lets everybody read a stage, whatever the umask of its build was: the agent is often another user than the image's
 * author, and two builds of the same inputs are the same down to an image's layer. Its files have their modes already.
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
