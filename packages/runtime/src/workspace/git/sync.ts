import { join } from "node:path";
import { exists } from "../../base/exists.ts";
import { Failed, failedWith } from "../../base/failed.ts";
import type { PhaseWarning } from "../../base/warning.ts";
import type { Repository } from "../../config/config.ts";
import type { BootMode } from "../../protocol/index.ts";
import { checkout, checkoutWasCutOff, isUpToDate, repairCheckout } from "./checkout.ts";
import { clone, removeUnfinishedClone } from "./clone.ts";
import { remoteAccess } from "./credentials.ts";
import { fatal, type GitOptions, git } from "./git.ts";
import { LFS_LATER, pullLfs, withHooksInGitDir } from "./lfs.ts";
import { readHead } from "./refs.ts";
import { removeStaleLocks } from "./stale-locks.ts";

export interface SyncResult {
  /** The steps that were run, in order; each is one git process. */
  readonly steps: readonly SyncStep[];
  readonly branch: string | null;
  /** The commit that is checked out now. */
  readonly sha: string;
}

type SyncStep = "clone" | "fetch" | "checkout" | "submodules" | "lfs";

export interface SyncOptions extends Omit<GitOptions, "cwd"> {
  readonly mode: BootMode;
  readonly warn: (warning: PhaseWarning) => void;
}

/**
 * Brings a checkout up to date: a clone when there is none yet, else fetch and checkout. A snapshot's checkout is only
 * fetched, so that its local work stays. Each step is one git process. There is no fetch after a clone, and no checkout when
 * the branch is already at the fetched commit.
 *
 * @throws Failed when a step fails. It is `fatal` when there is no complete checkout to go on with.
 */
export async function syncRepository(
  repository: Repository,
  options: SyncOptions,
): Promise<SyncResult> {
  const { path } = repository;
  const access = remoteAccess(repository.url, options.env);
  const inside: GitOptions = {
    ...options,
    cwd: path,
    remote: access.url,
    env: {
      ...options.env,
      ...access.env,
      ...(repository.lfs && LFS_LATER),
    },
  };
  if (await removeUnfinishedClone(path)) {
    options.warn({ code: "half-clone-removed", checkout: path });
  }
  const steps = (await exists(join(path, ".git")))
    ? await update(
        repository,
        access.url,
        repository.lfs ? await withHooksInGitDir(inside) : inside,
        options,
      )
    : await cloneAfresh(repository, access.url, inside);
  if (options.mode !== "snapshot_restore") {
    if (repository.submodules) {
      await git("submodule update", ["submodule", "update", "--init", "--recursive"], inside);
      steps.push("submodules");
    }
    if (repository.lfs) {
      await pullLfs(access.url, repository, inside);
      steps.push("lfs");
    }
  }
  return { steps, ...(await headOf(path, inside)) };
}

/** Branch and commit of a checkout. Runs git only when the files do not tell. */
export async function headOf(
  path: string,
  options: GitOptions,
): Promise<{ branch: string | null; sha: string }> {
  const head = await readHead(path);
  if (head?.sha != null) return { branch: head.branch, sha: head.sha };
  const { onLine: _, ...quiet } = options;
  const ask = ["rev-parse", "HEAD", "--abbrev-ref", "HEAD"];
  const [sha = "", name = "HEAD"] = await git("rev-parse", ask, { ...quiet, cwd: path }).catch(
    (error: unknown) => {
      const branch = head?.branch;
      throw branch != null && isUnknownRevision(error)
        ? new Failed({ code: "git-failed", problem: "no-commit", checkout: path, branch })
        : error;
    },
  );
  return { branch: name === "HEAD" ? null : name, sha };
}

/** git ends with exit code 128 when `HEAD` names no commit. */
function isUnknownRevision(error: unknown): boolean {
  if (!failedWith(error, "git-failed")) return false;
  const { value } = error;
  return value.problem === "exited" && value.exitCode === 128;
}

async function cloneAfresh(
  repository: Repository,
  url: string,
  options: GitOptions,
): Promise<SyncStep[]> {
  try {
    await clone(repository, url, options);
  } catch (error) {
    throw fatal(error);
  }
  return ["clone"];
}

async function update(
  repository: Repository,
  url: string,
  inside: GitOptions,
  { mode, warn }: SyncOptions,
): Promise<SyncStep[]> {
  const { path } = repository;
  const branch = repository.branch ?? (await readHead(path))?.branch ?? null;
  const tracking = `refs/remotes/origin/${branch ?? "HEAD"}`;
  for (const lock of await removeStaleLocks(path, branch)) {
    warn({ code: "stale-lock-removed", lock });
  }
  const cutOff = await checkoutWasCutOff(path);
  try {
    await fetch(repository, url, { branch, tracking }, inside);
  } catch (error) {
    // The checkout is a mixture of two commits, so the boot cannot go on with it.
    throw cutOff ? fatal(error) : error;
  }
  if (mode === "snapshot_restore") return ["fetch"];
  if (cutOff) {
    await repairCheckout(branch, tracking, inside);
    warn({ code: "checkout-repaired", checkout: path });
    return ["fetch", "checkout"];
  }
  if (await isUpToDate(path, branch, tracking)) return ["fetch"];
  await checkout(branch, tracking, inside);
  return ["fetch", "checkout"];
}

async function fetch(
  { depth }: Repository,
  url: string,
  { branch, tracking }: { readonly branch: string | null; readonly tracking: string },
  inside: GitOptions,
): Promise<void> {
  const source = branch === null ? "HEAD" : `refs/heads/${branch}`;
  const args = [
    "fetch",
    // Housekeeping would outlive the step, and submodules have their own step.
    "--no-auto-gc",
    "--no-recurse-submodules",
    "--no-tags",
    ...(depth === null ? [] : [`--depth=${depth}`]),
    "--",
    // By URL and not by remote name: the config decides, whatever remotes the image's checkout has.
    url,
    `+${source}:${tracking}`,
  ];
  await git("fetch", args, inside);
}
