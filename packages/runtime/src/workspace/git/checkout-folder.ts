import { lstatSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { Failed } from "../../base/failed.ts";
import type { BrokenRepository } from "../../base/failure.ts";
import { readSmallFile } from "../../base/text-file.ts";
import { commonDirOf, gitDirOf, settingIn } from "./git-dirs.ts";
import { refuseForeignCommonDir, refuseTraps } from "./traps.ts";

/** One checkout and its git folder, known to belong together. */
export interface Checkout {
  /** The working tree. */
  readonly path: string;
  /** The folder with its HEAD and index. */
  readonly gitDir: string;
  /** The folder with its objects, branches and configuration; the same, except for a linked worktree. */
  readonly commonDir: string;
}

/**
 * The checkout at a path, or null when there is none.
 *
 * A `.git` that is there has to be a repository, and this checkout's own. git itself would look for another repository
 * further up when it is broken, and would work in any repository that a file or link of that name leads to (C12).
 *
 * @throws Failed `git-failed` when `.git` is broken, is the git folder of another checkout, or has a trap in it.
 */
export function checkoutAt(path: string): Checkout | null {
  const checkout = ownCheckoutAt(path);
  if (checkout !== null) refuseTraps(checkout);
  return checkout;
}

/** As {@link checkoutAt}, without the look for traps: for those who look at what they write themselves. */
export function ownCheckoutAt(path: string): Checkout | null {
  const dotGit = join(path, ".git");
  if (lstatSync(dotGit, { throwIfNoEntry: false }) === undefined) return null;
  const gitDir = gitDirOf(path);
  if (gitDir === null) throw broken(path, "no-git-folder");
  const commonDir = commonDirOf(gitDir);
  if (!hasHead(gitDir)) throw broken(path, "no-head");
  if (!isFolder(join(commonDir, "objects"))) throw broken(path, "no-objects");
  if (!isFolder(join(commonDir, "refs"))) throw broken(path, "no-refs");
  const other = otherCheckoutOf(gitDir, path);
  if (other !== null) {
    throw new Failed(
      { code: "git-failed", problem: "foreign-repository", checkout: path, gitDir, other },
      { fatal: true },
    );
  }
  const checkout = { path, gitDir, commonDir };
  refuseForeignCommonDir(checkout);
  return checkout;
}

function broken(checkout: string, why: BrokenRepository): Failed {
  return new Failed(
    { code: "git-failed", problem: "broken-repository", checkout, why },
    { fatal: true },
  );
}

/**
 * The checkout that a git folder belongs to, when that is another one than `path`.
 *
 * A linked worktree's folder names its `.git` file, a submodule's names its working tree, and a folder that is called
 * `.git` belongs to the folder that it lies in. A folder elsewhere that says nothing (`git init --separate-git-dir`) is
 * taken for this checkout's own.
 */
function otherCheckoutOf(gitDir: string, path: string): string | null {
  const owner = ownerOf(gitDir);
  if (owner === null) return null;
  return real(owner) === real(path) ? null : owner;
}

function ownerOf(gitDir: string): string | null {
  const backlink = textOf(join(gitDir, "gitdir"))?.trim();
  if (backlink !== undefined && textOf(join(gitDir, "commondir")) !== null) {
    const owner = dirname(resolve(gitDir, backlink));
    // The backlink of a worktree that was moved leads nowhere, and says nothing then.
    return isThere(join(owner, ".git")) ? owner : null;
  }
  const place = real(gitDir);
  if (basename(place) === ".git") return dirname(place);
  const config = textOf(join(gitDir, "config")) ?? "";
  // A bare repository has no checkout.
  if (/^(?:true|yes|on|1)$/i.test(settingIn(config, "bare") ?? "")) return gitDir;
  const worktree = settingIn(config, "worktree");
  return worktree === null ? null : resolve(gitDir, worktree);
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function textOf(path: string): string | null {
  const file = readSmallFile(path);
  return file.id === "text" ? file.text : null;
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** An empty file, which a power loss leaves, is no HEAD to git either. */
function hasHead(gitDir: string): boolean {
  return /^(?:ref: |[0-9a-f]{40})/.test(textOf(join(gitDir, "HEAD")) ?? "");
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
