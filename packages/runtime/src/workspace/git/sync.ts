import { join } from "node:path";
import type { PhaseWarning } from "../../base/warning.ts";
import type { Repository } from "../../config/config.ts";
import type { Setting } from "../../config/git-env.ts";
import type { BootMode } from "../../protocol/index.ts";
import { checkout, checkoutWasCutOff, isUpToDate, repairCheckout } from "./checkout.ts";
import { type Checkout, checkoutAt } from "./checkout-folder.ts";
import { clone, removeUnfinishedClone } from "./clone.ts";
import { remoteAccess } from "./credentials.ts";
import { commitsOf, fetchCommit } from "./fetch.ts";
import { fatal, type GitOptions, git } from "./git.ts";
import { commitOf, headOf } from "./head.ts";
import { type InCheckout, keepCommit, keepDetached, quiet, relationOf } from "./keep.ts";
import { LFS_LATER, lfsFilters, pullLfs } from "./lfs.ts";
import { neutralSettings } from "./own-config.ts";
import { isRedirect, movedTo } from "./redirect.ts";
import { readHead, readRef, textOf } from "./refs.ts";
import { clearTheWay, repairIndex, repairRef, withReadableIndex } from "./repair.ts";
import { removeStaleLocks } from "./stale-locks.ts";
import { updateSubmodules } from "./submodules.ts";
import { refuseLink } from "./traps.ts";

export interface SyncResult {
  /** The steps that were run, in order. */
  readonly steps: readonly SyncStep[];
  readonly branch: string | null;
  /** The commit that is checked out now. */
  readonly sha: string;
}

type SyncStep = "clone" | "fetch" | "checkout" | "submodules" | "lfs";

export interface SyncOptions extends Omit<GitOptions, "cwd" | "checkout" | "settings"> {
  readonly mode: BootMode;
  /** The folder of all checkouts. */
  readonly workspace?: string;
  /** By which git gets the credentials that are not in a repository's URL. */
  readonly credentials?: readonly Setting[];
  readonly warn: (warning: PhaseWarning) => void;
}

/** What every step of one sync works with. */
interface Sync {
  readonly repository: Repository;
  readonly options: SyncOptions;
  /** Without credentials. */
  readonly url: string;
  /** The credentials, or how to get them, for those steps alone that talk to the remote. */
  readonly secret: readonly Setting[];
}

/**
 * Brings a checkout up to date: a clone when there is none yet, else fetch and checkout. A snapshot's checkout is only
 * fetched, so that its local work stays. There is no fetch after a clone, and no checkout when the branch is already at the
 * fetched commit.
 *
 * Nothing is lost (C11): commits that the branch had and the remote has not stay where they are or are kept under a ref that
 * a warning names. No program of the checkout runs, and the credentials reach only the steps that talk to the remote (C12).
 *
 * @throws Failed when a step fails. It is `fatal` when there is no complete checkout to go on with.
 */
export async function syncRepository(
  repository: Repository,
  options: SyncOptions,
): Promise<SyncResult> {
  try {
    return await syncFrom(repository, options);
  } catch (error) {
    const url = isRedirect(error) ? await movedTo(repository.url, options.signal) : null;
    if (url === null) throw error;
    return syncFrom({ ...repository, url }, options);
  }
}

async function syncFrom(repository: Repository, options: SyncOptions): Promise<SyncResult> {
  const { path } = repository;
  refuseLink(path, options.workspace);
  const { url, settings } = remoteAccess(repository.url);
  const secret = [...settings, ...(options.credentials ?? [])];
  const sync: Sync = { repository, options, url, secret };
  if (await removeUnfinishedClone(path)) {
    options.warn({ code: "half-clone-removed", checkout: path });
  }
  const found = checkoutAt(path);
  const steps = found === null ? await cloneAfresh(sync) : await update(sync, found);
  const inside = await insideOf(sync, found ?? checkoutThere(path));
  if (options.mode !== "snapshot_restore") {
    const settings = [...(inside.settings ?? [])];
    if (repository.submodules) {
      settings.push(...(await updateSubmodules(secret, inside, options.warn)));
      steps.push("submodules");
    }
    if (repository.lfs) {
      await pullLfs(url, repository, secret, { ...inside, settings });
      steps.push("lfs");
    }
  }
  return { steps, ...(await headOf(inside)) };
}

/** Branch and commit of a checkout that a boot goes on with; null when that cannot be told. */
export async function headAt(
  path: string,
  options: SyncOptions,
): Promise<{ branch: string | null; sha: string } | null> {
  try {
    const checkout = checkoutAt(path);
    return checkout === null ? null : await headOf({ ...options, cwd: path, checkout });
  } catch {
    return null;
  }
}

function checkoutThere(path: string): Checkout {
  const checkout = checkoutAt(path);
  if (checkout === null) throw new Error(`${path} was cloned and is no checkout`);
  return checkout;
}

/** Git inside the checkout, with nothing in force by which its own configuration could start a program. */
async function insideOf(
  { repository, options, url }: Sync,
  checkout: Checkout,
): Promise<InCheckout> {
  const inside: InCheckout = {
    ...options,
    cwd: checkout.path,
    checkout,
    remote: url,
    env: { ...options.env, ...(repository.lfs && LFS_LATER) },
  };
  const settings = [
    ...(await neutralSettings(checkout, inside, options.warn)),
    ...lfsFilters(repository.lfs),
  ];
  return { ...inside, settings };
}

async function cloneAfresh({ repository, options, url, secret }: Sync): Promise<SyncStep[]> {
  try {
    const { lfs } = repository;
    const env = { ...options.env, ...(lfs && LFS_LATER) };
    await clone(repository, url, secret, {
      ...options,
      env,
      remote: url,
      settings: lfsFilters(lfs),
    });
  } catch (error) {
    throw fatal(error);
  }
  return ["clone"];
}

async function update(sync: Sync, there: Checkout): Promise<SyncStep[]> {
  const { repository, options, url, secret } = sync;
  const { path } = repository;
  const { mode, warn } = options;
  const branch = repository.branch ?? readHead(path)?.branch ?? null;
  const local = `refs/heads/${branch}`;
  const tracking = `refs/remotes/origin/${branch ?? "HEAD"}`;
  for (const lock of await removeStaleLocks(there)) {
    warn({ code: "stale-lock-removed", lock });
  }
  const inside = await insideOf(sync, there);
  if (branch !== null) await repairRef(local, inside, warn);
  await repairRef(tracking, inside, warn);
  const cutOff = checkoutWasCutOff(there);
  const before = readHead(path);
  const have = commitsOf(path, [tracking, local], before?.sha ?? null);
  const { depth } = repository;
  let sha: string;
  try {
    sha = await (repository.filter === null
      ? fetchCommit({ ...inside, url, secret, branch, depth, have })
      : fetchPartly({ ...inside, settings: [...(inside.settings ?? []), ...secret] }, url, branch));
  } catch (error) {
    // The checkout is a mixture of two commits, so the boot cannot go on with it.
    throw cutOff ? fatal(error) : error;
  }
  const known = readRef(path, tracking);
  if (known !== sha) await track(tracking, sha, inside, warn);
  // What lies there is a mixture of two commits, and nobody's work as it is.
  if (mode === "snapshot_restore" && !cutOff) return ["fetch"];
  await repairIndex(inside, warn);
  // A partial clone fetches files when they are checked out.
  const withFiles: InCheckout =
    repository.filter === null
      ? inside
      : { ...inside, settings: [...(inside.settings ?? []), ...secret] };
  if (!cutOff && isUpToDate(there, branch, sha)) return ["fetch"];
  const tip = branch === null ? null : await commitOf(local, inside);
  // A shallow history does not show whether the remote's former commit is part of its new one.
  const former = tip === known && textOf(join(there.commonDir, "shallow")) !== null;
  const relation = tip === null || former ? "behind" : await relationOf(tip, sha, inside);
  // The remote has nothing that is not here: unpushed commits stay where they are.
  const target = tip !== null && relation === "ahead" ? tip : sha;
  if (target !== sha) warn({ code: "commits-unpushed", checkout: path, branch: branch ?? "" });
  if (!cutOff && isUpToDate(there, branch, target)) return ["fetch"];
  if (tip !== null && relation === "diverged") {
    const ref = await keepCommit(branch ?? "HEAD", tip, inside);
    warn({ code: "commits-kept", checkout: path, branch, ref });
  }
  if (before !== null && before.sha !== sha && before.sha !== known) {
    await keepDetached(before, inside, warn);
  }
  if (branch !== null) await clearTheWay(local, inside, warn);
  const work = () =>
    cutOff ? repairCheckout(branch, target, withFiles, warn) : checkout(branch, target, withFiles);
  await withReadableIndex(work, inside, warn);
  return ["fetch", "checkout"];
}

/** Notes what the remote has, under the name that people know. */
async function track(
  tracking: string,
  sha: string,
  inside: InCheckout,
  warn: SyncOptions["warn"],
): Promise<void> {
  await clearTheWay(tracking, inside, warn);
  const args = ["update-ref", "-m", "sandboot: fetch", tracking, sha];
  await git("update-ref", args, quiet(inside));
}

/**
 * As {@link fetchCommit}, for a partial clone: the files that it has not fetched yet come by the remote that its own
 * configuration names, so it has to work there.
 */
async function fetchPartly(
  inside: InCheckout,
  url: string,
  branch: string | null,
): Promise<string> {
  const source = branch === null ? "HEAD" : `refs/heads/${branch}`;
  const fetched = "refs/sandboot/fetched";
  const options = ["--no-auto-gc", "--no-recurse-submodules", "--no-tags"];
  await git("fetch", ["fetch", ...options, "--", url, `+${source}:${fetched}`], inside);
  return readRef(inside.checkout.path, fetched) ?? "";
}
