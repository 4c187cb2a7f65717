import { randomUUID } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { systemFailure } from "./failed.ts";

/**
 * Writes a file so that readers find the old text or the new text, and never half of one.
 *
 * @param options.mode - Permissions of the file. Default: 0666 less the umask.
 * @throws Failed `system-error` when the system refuses; the old file is then unchanged.
 */
export async function replaceFile(
  path: string,
  text: string,
  { mode = 0o666 }: { readonly mode?: number } = {},
): Promise<void> {
  const unfinished = `${path}.${randomUUID()}.new`;
  try {
    // With its mode from the start, so that a secret file is never readable for others.
    await writeFile(unfinished, text, { mode, flag: "wx" });
    await rename(unfinished, path);
  } catch (error) {
    throw systemFailure(error, path);
  } finally {
    await rm(unfinished, { force: true });
  }
}
