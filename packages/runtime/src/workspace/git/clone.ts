import { lstat, readdir, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Failed } from "../../base/failed.ts";
import { makeFolder } from "../../base/folder.ts";
import type { Repository } from "../../config/config.ts";
import type { Setting } from "../../config/git-env.ts";
import { checkoutAt } from "./checkout-folder.ts";
import { type GitOptions, git } from "./git.ts";
import { readHead } from "./refs.ts";
import { writeFresh } from "./write-fresh.ts";

/**
 * Clones a repository. When the boot is killed halfway, the next boot must not take what is left for a checkout. So the
 * clone goes into a folder beside its final path, and is then renamed. An empty folder at the path itself cannot be replaced,
 * because it may be a mounted volume or the working folder of a process. The clone then goes directly into it, and a mark
 * lies beside it until the clone is complete.
 *
 * @param url - Without credentials.
 * @param secret - The credentials. When there are any, files are checked out by a second git, which does not have them.
 * @throws Failed when git fails, or when the place holds something else.
 */
export async function clone(
  repository: Repository,
  url: string,
  secret: readonly Setting[],
  options: Omit<GitOptions, "cwd" | "checkout">,
): Promise<void> {
  const { path } = repository;
  const parent = dirname(path);
  const aside = asideOf(path);
  makeFolder(parent);
  const place = await inspect(path);
  if (place === "full" || place === "file") {
    const by = place === "file" ? "file" : "other-files";
    throw new Failed({ code: "git-failed", problem: "place-taken", path, by });
  }
  const into = place === "empty" ? path : aside;
  if (place === "empty") await writeFresh(aside);
  // A partial clone fetches files when they are checked out.
  const twoSteps = secret.length > 0 && repository.filter === null;
  const settings = [...(options.settings ?? []), ...secret];
  const args = [
    "clone",
    "--quiet",
    ...(twoSteps ? ["--no-checkout"] : []),
    ...(repository.branch === null ? [] : [`--branch=${repository.branch}`]),
    ...(repository.depth === null ? [] : [`--depth=${repository.depth}`]),
    ...(repository.filter === null ? [] : [`--filter=${repository.filter}`]),
    "--",
    url,
    basename(into),
  ];
  try {
    await git("clone", args, { ...options, cwd: parent, settings });
    if (twoSteps) await checkOutFiles(into, options);
    if (place === "absent") await rename(aside, path);
  } catch (error) {
    // git cleans up when it fails, but not when it is killed.
    if (place === "empty") await emptyFolder(path);
    throw error;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function checkOutFiles(
  path: string,
  options: Omit<GitOptions, "cwd" | "checkout">,
): Promise<void> {
  const checkout = checkoutAt(path);
  // An empty repository has nothing to check out; the sync says so.
  if (checkout === null || readHead(path)?.sha == null) return;
  await git("checkout", ["checkout", "--quiet", "--force", "HEAD", "--"], {
    ...options,
    cwd: path,
    checkout,
  });
}

/**
 * Removes what is left of a clone that was killed.
 *
 * @returns Whether anything was left.
 */
export async function removeUnfinishedClone(path: string): Promise<boolean> {
  const aside = asideOf(path);
  const left = await lstat(aside).catch(() => null);
  if (left === null) return false;
  if (left.isFile()) await emptyFolder(path);
  await rm(aside, { recursive: true, force: true });
  return true;
}

/** Whether a sync would clone to this path: it is absent or empty, or has only the rest of a clone that was killed. */
export async function isFree(path: string): Promise<boolean> {
  const mark = await lstat(asideOf(path)).catch(() => null);
  if (mark?.isFile()) return true;
  const place = await inspect(path).catch(() => null);
  return place === "absent" || place === "empty";
}

/**
 * Removes a checkout that is not wanted after all, and the empty folders above it. When its folder cannot be removed (a mounted
 * volume), it is emptied.
 *
 * @param workspace - Stays.
 */
export async function removeCheckout(path: string, workspace: string): Promise<void> {
  await emptyFolder(path);
  for (let folder = path; folder.startsWith(`${workspace}/`); folder = dirname(folder)) {
    const isRemoved = await rmdir(folder).then(
      () => true,
      // A sync that failed may have made only some of them.
      (error: NodeJS.ErrnoException) => error.code === "ENOENT",
    );
    if (!isRemoved) return;
  }
}

/** The folder or mark beside a checkout's path. In the same parent, so that moving it is one rename. */
function asideOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.sandboot-clone`);
}

async function inspect(path: string): Promise<"absent" | "empty" | "full" | "file"> {
  try {
    return (await readdir(path)).length === 0 ? "empty" : "full";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return "absent";
    if (code === "ENOTDIR") return "file";
    throw error;
  }
}

async function emptyFolder(path: string): Promise<void> {
  const names = await readdir(path).catch(() => []);
  for (const name of names) await rm(join(path, name), { recursive: true, force: true });
}
