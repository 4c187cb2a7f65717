import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder } from "@sandboot/stager";
import { readText, replaceFile } from "../base/text-file.ts";

/** For its owner only: these files hold keys. */
const MODE = 0o600;

/**
 * Changes a file that holds secrets, whole at every moment.
 *
 * @param change - From the old text, null when there is no file, to the new text.
 * @returns the call that puts the old text back, or removes the file.
 * @throws Failed `unfit-file` when something else is there; `system-error` when it cannot be read or written.
 */
export async function changeFile(
  path: string,
  change: (before: string | null) => Promise<string> | string,
): Promise<() => Promise<void>> {
  const before = readText(path);
  const after = await change(before);
  if (after === before) return async () => {};
  makeFolder(dirname(path), 0o700);
  await replaceFile(path, after, { mode: MODE });
  return async () => {
    if (before === null) await rm(path, { force: true });
    else await replaceFile(path, before, { mode: MODE });
  };
}
