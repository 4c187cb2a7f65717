import { rm } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { makeFolder } from "@sandboot/stager";
import { readText, replaceFile, replaceFileSync } from "../base/text-file.ts";
import { removeAbandoned } from "../base/unfinished.ts";

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
  let before: string | null;
  let after: string;
  do {
    before = readText(path);
    after = await change(before);
    // Agents that share a home change the same file, each beside the others.
  } while (readText(path) !== before);
  if (after === before) return async () => {};
  makeFolder(dirname(path), 0o700);
  replaceFileSync(path, after, { mode: MODE });
  await removeAbandoned(dirname(path), basename(path));
  return async () => {
    if (before === null) await rm(path, { force: true });
    else await replaceFile(path, before, { mode: MODE });
  };
}
