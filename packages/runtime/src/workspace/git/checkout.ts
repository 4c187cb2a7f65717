import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Failed, failedWith } from "../../base/failed.ts";
import type { PhaseWarning } from "../../base/warning.ts";
import type { Checkout } from "./checkout-folder.ts";
import { fatal, git } from "./git.ts";
import { headOf } from "./head.ts";
import type { InCheckout } from "./keep.ts";
import { keepFiles, refuseUnwritten } from "./keep-files.ts";
import { refuseDuringOperation } from "./operation.ts";
import { readHead } from "./refs.ts";
import { writeFresh } from "./write-fresh.ts";

/** This file lies in the git folder during a checkout. A later boot that finds it knows that the checkout was cut off. */
const MARK = "sandboot-checkout";

/**
 * Checks out the branch at a commit. Local changes that are not in the way are kept; when some are, git refuses, also for
 * ignored files.
 *
 * @throws Failed, which is `fatal` unless git refused before it changed a file.
 */
export async function checkout(
  branch: string | null,
  sha: string,
  inside: InCheckout,
): Promise<void> {
  const before = readHead(inside.checkout.path)?.sha ?? null;
  await marked(inside, branch, sha, async () => {
    const args = ["checkout", "--quiet", "--no-overwrite-ignore", ...targetOf(branch, sha)];
    const said: string[] = [];
    const onLine: InCheckout["onLine"] = (stream, line) => {
      said.push(line);
      inside.onLine?.(stream, line);
    };
    await git("checkout", args, { ...inside, onLine }).catch((error: unknown) => {
      // Where HEAD has moved, git has not refused: it could not write all files.
      const hasMoved = (readHead(inside.checkout.path)?.sha ?? null) !== before;
      throw (hasMoved ? null : refusalOf(error)) ?? error;
    });
    if (said.length > 0) await refuseUnwritten(before, sha, said.slice(-20), inside);
  });
}

/**
 * As {@link checkout}, for a checkout that was cut off. git would take the files that it had written for local changes and
 * refuse, so this forces it. Everything that differs from the commit is kept, because some of it may really be local
 * changes.
 */
export async function repairCheckout(
  branch: string | null,
  sha: string,
  inside: InCheckout,
  warn: (warning: PhaseWarning) => void,
): Promise<void> {
  const why = "sandboot: before a checkout that was cut off was repaired";
  const { path } = inside.checkout;
  await marked(inside, branch, sha, async () => {
    const { stashed, ref } = await keepFiles(sha, why, inside);
    await git("checkout", ["checkout", "--quiet", "--force", ...targetOf(branch, sha)], inside);
    warn({ code: "checkout-repaired", checkout: path, stashed, ref });
  });
}

export function checkoutWasCutOff({ gitDir }: Checkout): boolean {
  return existsSync(join(gitDir, MARK));
}

/**
 * Whether the checkout is already on the branch at the commit. Then `git checkout -B` would change nothing, with or without
 * local changes. Without an index, nothing has been checked out yet (`clone --no-checkout`).
 */
export function isUpToDate(
  { path, gitDir }: Checkout,
  branch: string | null,
  sha: string,
): boolean {
  const head = readHead(path);
  return head?.sha === sha && head.branch === branch && existsSync(join(gitDir, "index"));
}

function targetOf(branch: string | null, sha: string): readonly string[] {
  const target = branch === null ? ["--detach", sha] : ["--no-track", "-B", branch, sha];
  return [...target, "--"];
}

async function marked(
  inside: InCheckout,
  branch: string | null,
  sha: string,
  work: () => Promise<void>,
): Promise<void> {
  const { checkout } = inside;
  refuseDuringOperation(checkout);
  const mark = join(checkout.gitDir, MARK);
  await writeFresh(mark);
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw fatal(error);
    await rm(mark, { force: true });
    throw error;
  }
  // git's exit code says how its last step went. Whether the commit is checked out, HEAD and the index say.
  const head = await headOf(inside);
  if (head.sha !== sha || head.branch !== branch || !existsSync(join(checkout.gitDir, "index"))) {
    const { path } = checkout;
    throw new Failed(
      { code: "git-failed", problem: "not-checked-out", checkout: path, branch, sha },
      { fatal: true },
    );
  }
  await rm(mark, { force: true });
}

/**
 * Tells a refusal from other failures. git exits with 1 when it refuses before it changes a file. Any other end may leave a
 * mixture of two commits.
 *
 * @returns The refusal with its reason, or null when files may have changed.
 */
export function refusalOf(error: unknown): Refusal | null {
  if (!failedWith(error, "git-failed")) return null;
  const { value } = error;
  if (value.problem !== "exited" || value.exitCode !== 1) return null;
  return new Refusal({ ...value, diagnosis: { id: "local-changes" } });
}

/** git has changed no file. */
export class Refusal extends Failed<"git-failed"> {}
