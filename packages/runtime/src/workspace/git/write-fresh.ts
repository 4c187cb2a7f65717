import { rm, writeFile } from "node:fs/promises";

/**
 * Writes a file of ours where a repository can write, too. What has its name is replaced, so a link is not followed and a pipe
 * not waited for.
 */
export async function writeFresh(path: string, text = ""): Promise<void> {
  await rm(path, { force: true });
  await writeFile(path, text, { flag: "wx" });
}
