import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exists } from "../../base/exists.ts";
import { Failed, failedWith } from "../../base/failed.ts";
import { fatal, type GitOptions, git } from "./git.ts";
import { gitDirOf } from "./git-dirs.ts";
import { readHead, readRef } from "./refs.ts";

/** This file lies in the git folder during a checkout. A later boot that finds it knows that the checkout was cut off. */
const MARK = "sandboot-checkout";

/**
 * Checks out the branch at the fetched commit. Local changes that are not in the way are kept.
 *
 * @throws Failed, which is `fatal` unless git refused before it changed a file.
 */
export async function checkout(
  branch: string | null,
  tracking: string,
  inside: GitOptions,
): Promise<void> {
  await marked(inside.cwd, async () => {
    await git("checkout", ["checkout", "--quiet", ...targetOf(branch, tracking)], inside);
  });
}

/**
 * As {@link checkout}, for a checkout that was cut off. git would take the files that it had written for local changes and
 * refuse, so this forces it. Everything that differs from the commit is kept in a stash, because some of it may really be
 * local changes.
 */
export async function repairCheckout(
  branch: string | null,
  tracking: string,
  inside: GitOptions,
): Promise<void> {
  const why = "sandboot: before a checkout that was cut off was repaired";
  await marked(inside.cwd, async () => {
    const [saved] = await git("stash create", ["stash", "create", why], inside);
    if (saved !== undefined) {
      await git("stash store", ["stash", "store", "--quiet", `--message=${why}`, saved], inside);
    }
    const target = targetOf(branch, tracking);
    await git("checkout", ["checkout", "--quiet", "--force", ...target], inside);
  });
}

export async function checkoutWasCutOff(path: string): Promise<boolean> {
  const gitDir = gitDirOf(path);
  // When the folder may not be entered, let git say so: its own message is better.
  return gitDir !== null && (await exists(join(gitDir, MARK)).catch(() => false));
}

/**
 * Whether the checkout is already on the branch at the fetched commit. Then `git checkout -B` would change nothing, with or
 * without local changes. Without an index, nothing has been checked out yet (`clone --no-checkout`).
 */
export async function isUpToDate(
  path: string,
  branch: string | null,
  tracking: string,
): Promise<boolean> {
  const gitDir = gitDirOf(path);
  const [head, fetched] = await Promise.all([readHead(path), readRef(path, tracking)]);
  if (head === null || head.sha === null || gitDir === null) return false;
  return head.branch === branch && head.sha === fetched && (await exists(join(gitDir, "index")));
}

function targetOf(branch: string | null, tracking: string): readonly string[] {
  const target = branch === null ? ["--detach", tracking] : ["--no-track", "-B", branch, tracking];
  return [...target, "--"];
}

async function marked(path: string, work: () => Promise<void>): Promise<void> {
  const gitDir = gitDirOf(path);
  const mark = join(gitDir ?? join(path, ".git"), MARK);
  await writeFile(mark, "");
  try {
    await work();
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === null) throw fatal(error);
    await rm(mark, { force: true });
    throw refusal;
  }
  await rm(mark, { force: true });
}

/**
 * Tells a refusal from other failures. git exits with 1 when it refuses before it changes a file. Any other end may leave a
 * mixture of two commits.
 *
 * @returns The refusal with its reason, or null when files may have changed.
 */
function refusalOf(error: unknown): Failed | null {
  if (!failedWith(error, "git-failed")) return null;
  const { value } = error;
  if (value.problem !== "exited" || value.exitCode !== 1) return null;
  return new Failed({ ...value, diagnosis: { id: "local-changes" } });
}
