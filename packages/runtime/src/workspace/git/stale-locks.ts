import { readdir, readFile, readlink, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Failed } from "../../base/failed.ts";
import { gitDirOf } from "./git-dirs.ts";

/**
 * Removes the lock files that a killed git left in a checkout, after the container was stopped or a snapshot was taken at a
 * bad moment. git itself never removes them, and refuses to work while they exist. A lock is stale when no living git works
 * in the checkout. Linux only: without `/proc` nothing is removed.
 *
 * @param branch - The branch whose refs the sync will write.
 * @returns The removed files.
 */
export async function removeStaleLocks(
  checkout: string,
  branch: string | null,
): Promise<readonly string[]> {
  const gitDir = gitDirOf(checkout);
  if (gitDir === null) return [];
  const locks = await existing(
    [
      "index",
      "HEAD",
      "config",
      "shallow",
      "packed-refs",
      ...(branch === null ? [] : [`refs/heads/${branch}`, `refs/remotes/origin/${branch}`]),
    ].map((name) => join(gitDir, `${name}.lock`)),
  );
  const [first] = locks;
  if (first === undefined) return [];
  if (await gitWorksIn(checkout)) {
    throw new Failed({ code: "git-failed", problem: "locked", checkout, lock: first });
  }
  for (const lock of locks) await rm(lock, { force: true });
  return locks;
}

async function existing(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map((path) => stat(path).catch(() => null)));
  return paths.filter((_, at) => found[at] !== null);
}

async function gitWorksIn(checkout: string): Promise<boolean> {
  const pids = (await readdir("/proc").catch(() => null))?.filter((name) => /^\d+$/.test(name));
  if (pids === undefined) return true;
  const works = await Promise.all(
    pids.map(async (pid) => {
      const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
      if (!name.startsWith("git")) return false;
      // We cannot see the folder of another user's process, so it may be this one.
      const cwd = await readlink(`/proc/${pid}/cwd`).catch((error: NodeJS.ErrnoException) =>
        error.code === "EACCES" ? checkout : "",
      );
      return cwd === checkout || cwd.startsWith(`${checkout}/`);
    }),
  );
  return works.includes(true);
}
