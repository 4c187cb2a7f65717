import { mkdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Repository } from "../config/config.ts";
import { PhaseFailure } from "../graph/phase.ts";
import type { BootMode } from "../protocol/index.ts";
import { remoteAccess } from "./credentials.ts";
import { type GitOptions, git } from "./git.ts";

export interface SyncResult {
  /** What was done, in order. */
  readonly steps: readonly ("clone" | "fetch" | "checkout" | "submodules" | "lfs")[];
  readonly branch: string | null;
  /** The commit that is checked out now. */
  readonly sha: string;
}

export type SyncOptions = Omit<GitOptions, "cwd"> & { readonly mode: BootMode };

/**
 * Brings a checkout up to date: a clone when the mode is fresh or there is none yet, else fetch and (except after a
 * snapshot, whose work is kept) checkout. One git process a step, and no fetch after a clone.
 *
 * @throws PhaseFailure when a step fails, or when the folder holds something that is no checkout.
 */
export async function syncRepository(
  repository: Repository,
  options: SyncOptions,
): Promise<SyncResult> {
  const { url, env } = remoteAccess(repository.url);
  const inside: GitOptions = {
    ...options,
    cwd: repository.path,
    env: { ...options.env, ...env },
  };
  const steps: SyncResult["steps"][number][] = [];
  let { branch } = repository;

  if (await isCheckout(repository.path)) {
    branch ??= await currentBranch(repository.path);
    const source = branch === null ? "HEAD" : `refs/heads/${branch}`;
    const tracking = `refs/remotes/origin/${branch ?? "HEAD"}`;
    const depth = repository.depth === null ? [] : [`--depth=${repository.depth}`];
    // By URL, not by remote name: the config says where from, whatever the image's remote was called.
    const fetch = [
      "fetch",
      "--no-auto-gc",
      "--no-tags",
      ...depth,
      "--",
      url,
      `+${source}:${tracking}`,
    ];
    await git("fetch", fetch, inside);
    steps.push("fetch");
    if (options.mode !== "snapshot_restore") {
      const target =
        branch === null ? ["--detach", tracking] : ["--no-track", "-B", branch, tracking];
      await git("checkout", ["checkout", "--quiet", ...target, "--"], inside);
      steps.push("checkout");
    }
  } else {
    await mkdir(dirname(repository.path), { recursive: true });
    const clone = ["clone", "--quiet"];
    if (branch !== null) clone.push(`--branch=${branch}`);
    if (repository.depth !== null) clone.push(`--depth=${repository.depth}`);
    if (repository.filter !== null) clone.push(`--filter=${repository.filter}`);
    clone.push("--", url, basename(repository.path));
    await git("clone", clone, { ...inside, cwd: dirname(repository.path) });
    steps.push("clone");
    branch ??= await currentBranch(repository.path);
  }
  if (options.mode !== "snapshot_restore") {
    if (repository.submodules) {
      await git("submodule update", ["submodule", "update", "--init", "--recursive"], inside);
      steps.push("submodules");
    }
    if (repository.lfs) {
      await git("lfs pull", ["lfs", "pull"], inside);
      steps.push("lfs");
    }
  }
  const { onLine: _, ...quiet } = inside;
  const [sha = ""] = await git("rev-parse", ["rev-parse", "HEAD"], quiet);
  return { steps, branch, sha };
}

async function isCheckout(path: string): Promise<boolean> {
  const [folder, dotGit] = await Promise.all([exists(path), exists(join(path, ".git"))]);
  if (dotGit) return true;
  // An empty folder is fine to clone into (a mounted volume); git itself refuses a full one, with a message of its own.
  if (folder && !(await stat(path)).isDirectory()) {
    throw new PhaseFailure({
      code: "git-failed",
      message: `${path} should be a checkout, and is a file`,
    });
  }
  return false;
}

/** The branch that a checkout stands on, read from its files: a git process would cost more than the answer. */
async function currentBranch(path: string): Promise<string | null> {
  try {
    const head = await readFile(join(path, ".git", "HEAD"), "utf8");
    return /^ref: refs\/heads\/(.+)$/m.exec(head)?.[1] ?? null;
  } catch {
    // `.git` is a file in a worktree; the remote's default branch will do.
    return null;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
