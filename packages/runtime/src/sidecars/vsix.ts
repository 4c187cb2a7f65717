import { randomUUID } from "node:crypto";
import { rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { exists } from "../base/exists.ts";

/**
 * Unpacks a VSIX once: later boots find it, as long as the file has not changed. Takes some milliseconds, where
 * `code-server --install-extension` takes a second of CPU.
 *
 * @param store - Folder of unpacked extensions.
 * @returns The folder of the extension.
 * @throws Error when it is not a VSIX, or a damaged one; errors of the file system.
 */
export async function unpackVsix(vsix: string, store: string): Promise<string> {
  const { size, mtimeMs } = await stat(vsix);
  const name = `${basename(vsix, ".vsix")}-${size.toString(36)}-${Math.round(mtimeMs).toString(36)}`;
  const target = join(store, name);
  if (await exists(target)) return target;
  const making = join(store, `.making-${randomUUID()}`);
  try {
    // Most boots find it unpacked, and need no reader of archives.
    const { extractVsix } = await import("./extract-vsix.ts");
    await extractVsix(vsix, making);
    await rename(making, target);
  } catch (error) {
    // Somebody else was as fast, and has the same.
    if (!(await exists(target))) throw error;
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return target;
}
