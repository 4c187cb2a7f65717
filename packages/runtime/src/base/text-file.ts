import { renameSync, rmSync, writeFileSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { readSmallFile } from "@sandboot/stager/small-file";
import { Failed, systemFailure } from "./failed.ts";
import { removeAbandoned, unfinishedName } from "./unfinished.ts";

export {
  type OpenedFile,
  openFile,
  readSmallFile,
  type SmallFile,
} from "@sandboot/stager/small-file";

/**
 * Reads a file that has to be read when it is there.
 *
 * @param options.maxBytes - Default: 1 MiB.
 * @returns null when there is none.
 * @throws Failed `unfit-file` when something else is there, or it is too large; `system-error` when it cannot be read.
 */
export function readText(
  path: string,
  options: { readonly maxBytes?: number } = {},
): string | null {
  try {
    const file = readSmallFile(path, options);
    if (file.id === "unfit") throw new Failed({ code: "unfit-file", path, why: file.why });
    return file.id === "text" ? file.text : null;
  } catch (error) {
    throw systemFailure(error, path);
  }
}

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
  const unfinished = unfinishedName(path);
  try {
    // With its mode from the start, so that a secret file is never readable for others.
    await writeFile(unfinished, text, { mode, flag: "wx" });
    await rename(unfinished, path);
    await removeAbandoned(dirname(path), basename(path));
  } catch (error) {
    throw systemFailure(error, path);
  } finally {
    await rm(unfinished, { force: true });
  }
}

/**
 * As {@link replaceFile}, in one go: nothing else of this process can change the file between a look at it and this call.
 *
 * @throws as {@link replaceFile}.
 */
export function replaceFileSync(
  path: string,
  text: string,
  { mode = 0o666 }: { readonly mode?: number } = {},
): void {
  const unfinished = unfinishedName(path);
  try {
    writeFileSync(unfinished, text, { mode, flag: "wx" });
    renameSync(unfinished, path);
  } catch (error) {
    throw systemFailure(error, path);
  } finally {
    rmSync(unfinished, { force: true });
  }
}
