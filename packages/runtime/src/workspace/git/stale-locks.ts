import { realpathSync } from "node:fs";
import { readdir, readFile, readlink, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Failed } from "../../base/failed.ts";
import type { Checkout } from "./checkout-folder.ts";
import { textOf } from "./refs.ts";

/** Locks at the top of a git folder: `index.lock`, `packed-refs.lock`, `HEAD.lock`, and that of an index of ours. */
const LOCK = /^(?:index|config|config\.worktree|shallow|packed-refs|[A-Z_]+)\.lock$/;

/**
 * Removes the lock files that a killed git left in a checkout, after the container was stopped or a snapshot was taken at a
 * bad moment. git itself never removes them, and refuses to work while they exist. A lock is stale when no living git works
 * in the checkout, or in another worktree of its repository. Linux only: without `/proc` nothing is removed.
 *
 * @returns The removed files.
 */
export async function removeStaleLocks(checkout: Checkout): Promise<readonly string[]> {
  const { path, gitDir, commonDir } = checkout;
  const folders = [...new Set([gitDir, commonDir])];
  const locks = (await Promise.all(folders.map(locksIn))).flat();
  const [first] = locks;
  if (first === undefined) return [];
  if (await gitWorksIn(await worktreesOf(checkout))) {
    throw new Failed({ code: "git-failed", problem: "locked", checkout: path, lock: first });
  }
  for (const lock of locks) await rm(lock, { force: true });
  return locks;
}

async function locksIn(gitDir: string): Promise<string[]> {
  const [top, info, refs] = await Promise.all([
    readdir(gitDir).catch(() => []),
    readdir(join(gitDir, "info")).catch(() => []),
    readdir(join(gitDir, "refs"), { recursive: true }).catch(() => []),
  ]);
  return [
    ...top.filter((name) => LOCK.test(name)),
    ...info.filter((name) => name === "sparse-checkout.lock").map((name) => join("info", name)),
    // No ref has such a name.
    ...refs.filter((name) => name.endsWith(".lock")).map((name) => join("refs", name)),
  ].map((name) => join(gitDir, name));
}

/** The folders in which a git may hold these locks. */
async function worktreesOf({ path, commonDir }: Checkout): Promise<string[]> {
  const linked = join(commonDir, "worktrees");
  const names = await readdir(linked).catch(() => []);
  const others = names.flatMap((name) => textOf(join(linked, name, "gitdir"))?.trim() ?? []);
  const main = basename(commonDir) === ".git" ? dirname(commonDir) : commonDir;
  return [path, main, ...others.map((dotGit) => dirname(dotGit))].map(realPathOf);
}

/** The kernel says where a process works without links. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

async function gitWorksIn(folders: readonly string[]): Promise<boolean> {
  const pids = (await readdir("/proc").catch(() => null))?.filter((name) => /^\d+$/.test(name));
  if (pids === undefined) return true;
  const works = await Promise.all(
    pids.map(async (pid) => {
      const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
      if (!name.startsWith("git")) return false;
      try {
        const cwd = await readlink(`/proc/${pid}/cwd`);
        return folders.some((folder) => cwd === folder || cwd.startsWith(`${folder}/`));
      } catch (error) {
        // We cannot see the folder of another user's process, so it may be this one.
        return (error as NodeJS.ErrnoException).code === "EACCES";
      }
    }),
  );
  return works.includes(true);
}
