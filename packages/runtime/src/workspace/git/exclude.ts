import { lstatSync } from "node:fs";
import { join } from "node:path";
import { appendText } from "../../base/append-text.ts";
import { Failed } from "../../base/failed.ts";
import { makeFolder } from "../../base/folder.ts";
import { readSmallFile } from "../../base/text-file.ts";
import { type Checkout, ownCheckoutAt } from "./checkout-folder.ts";

/** Whether git ignores the paths now. `why` completes "git's exclude file …". */
export type Hidden =
  | { readonly id: "hidden" }
  | { readonly id: "no-checkout" }
  | { readonly id: "refused"; readonly path: string; readonly why: string };

/**
 * Makes git ignore untracked paths of a checkout, by `info/exclude` and not by a `.gitignore`, because the tree belongs to
 * the repository. git reads that file in the common folder, so a linked worktree uses the one of its repository.
 *
 * A repository's hooks can write in the git folder, and can put another one in its place. So the folder has to be this
 * checkout's own, no link out of it is followed, and only a regular file is changed.
 *
 * @param checkout - The top folder of the checkout.
 * @param paths - Relative to `checkout`. Lines that the file already has are not added again.
 * @param comment - Written above the lines.
 * @throws errors of the file system when the file cannot be written.
 * @see https://git-scm.com/docs/gitignore
 */
export function hideFromGit(checkout: string, paths: readonly string[], comment: string): Hidden {
  const refused = (at: string, why: string): Hidden => ({ id: "refused", path: at, why });
  let found: Checkout | null;
  try {
    found = ownCheckoutAt(checkout);
  } catch (error) {
    if (error instanceof Failed)
      return refused(join(checkout, ".git"), `is not used: ${error.message}`);
    throw error;
  }
  if (found === null) return { id: "no-checkout" };
  const folder = join(found.commonDir, "info");
  const path = join(folder, "exclude");
  if (!isFolder(folder)) return refused(folder, "is not a folder");
  const before = readSmallFile(path, { followLink: false });
  if (before.id === "unfit") return refused(path, before.why);
  const text = before.id === "text" ? before.text : "";
  const there = new Set(text.split("\n"));
  const missing = paths.map(patternOf).filter((line) => !there.has(line));
  if (missing.length === 0) return { id: "hidden" };
  const separator = text === "" || text.endsWith("\n") ? "" : "\n";
  return appendText(path, `${separator}# ${comment}\n${missing.join("\n")}\n`, 0o644)
    ? { id: "hidden" }
    : refused(path, "is not a regular file");
}

/** Whether the folder is there. Creates it when nothing is there, as in a clone from a template without it. */
function isFolder(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat !== undefined) return stat.isDirectory();
  makeFolder(path);
  return true;
}

/** The ignore pattern for exactly this path: anchored at the top of the checkout, with wildcards escaped. */
function patternOf(path: string): string {
  return `/${path.replaceAll(/[\\*?[]/g, "\\$&").replace(/ $/, "\\ ")}`;
}
