import { rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { exists } from "../base/exists.ts";
import { removeAbandoned, unfinishedName } from "../base/unfinished.ts";

/**
 * Unpacks a VSIX once. Later boots find it unpacked, as long as the file has not changed. This takes some milliseconds;
 * `code-server --install-extension` takes a second of CPU.
 *
 * @param store - The folder of unpacked extensions.
 * @returns The folder of the extension.
 * @throws Error when the file is not a VSIX or is damaged; errors of the file system.
 */
export async function unpackVsix(vsix: string, store: string): Promise<string> {
  const { size, mtimeMs } = await stat(vsix);
  const name = `${basename(vsix, ".vsix")}-${size.toString(36)}-${Math.round(mtimeMs).toString(36)}`;
  const target = join(store, name);
  if (await exists(target)) return target;
  await removeAbandoned(store);
  const unfinished = unfinishedName(join(store, `.${name}`));
  try {
    // Loaded here, because most boots find the extension unpacked and need no zip library.
    const { extractVsix } = await import("./extract-vsix.ts");
    await extractVsix(vsix, unfinished);
    await rename(unfinished, target);
  } catch (error) {
    // Another runtime may have unpacked the same file at the same time.
    if (!(await exists(target))) throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return target;
}
