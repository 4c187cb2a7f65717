import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { readSmallFile } from "../../base/text-file.ts";

/**
 * The folder with the HEAD and index of a checkout: `.git`, or the folder that the file `.git` names (a linked worktree, a
 * submodule). Null when the folder is not a checkout.
 *
 * Synchronous, like everything in this file, because a few small reads cost less than the thread pool does.
 *
 * @see https://git-scm.com/docs/gitrepository-layout
 */
export function gitDirOf(checkout: string): string | null {
  const path = join(checkout, ".git");
  if (isFolder(path)) return path;
  const target = /^gitdir: (.+)$/m.exec(textOf(path) ?? "")?.[1];
  return target === undefined ? null : resolve(checkout, target);
}

/** The folder that all worktrees of a repository share, with branches, hooks and `info/exclude`. */
export function commonDirOf(gitDir: string): string {
  const common = textOf(join(gitDir, "commondir"));
  return common === null ? gitDir : resolve(gitDir, common.trim());
}

/**
 * The value of the first setting of this name in a git configuration, in whatever section; null when it has none. Goes line by
 * line, because a pattern over the whole text would look for its end from each of a thousand empty lines.
 *
 * @param config - The text of the file.
 * @param name - In lower case.
 */
export function settingIn(config: string, name: string): string | null {
  for (const line of config.split("\n")) {
    const [key = "", ...value] = line.split("=");
    if (value.length > 0 && key.trim().toLowerCase() === name) {
      return value.join("=").replaceAll('"', "").trim();
    }
  }
  return null;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function textOf(path: string): string | null {
  try {
    const file = readSmallFile(path);
    return file.id === "text" ? file.text : null;
  } catch {
    return null;
  }
}
