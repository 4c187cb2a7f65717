import { failedWith } from "../../base/failed.ts";
import type { PhaseWarning } from "../../base/warning.ts";
import type { Checkout } from "./checkout-folder.ts";
import { type GitOptions, git } from "./git.ts";
import { type Head, readRef } from "./refs.ts";

/** Git about one checkout. */
export interface InCheckout extends GitOptions {
  readonly checkout: Checkout;
}

/** Everything that had to give way is below this (C11). */
const KEPT = "refs/sandboot/kept";

/**
 * Keeps a commit that no branch will hold any more. The name follows from the commit, so that the same commit is kept once,
 * however often a boot is repeated.
 *
 * @param label - What it was: a branch's name, `HEAD`, …
 * @returns The ref.
 */
export async function keepCommit(label: string, sha: string, inside: InCheckout): Promise<string> {
  const ref = `${KEPT}/${label.replaceAll("/", "-")}-${sha.slice(0, 12)}`;
  if (readRef(inside.checkout.path, ref) === sha) return ref;
  await git("update-ref", ["update-ref", "-m", "sandboot: kept", ref, sha], quiet(inside));
  return ref;
}

/** How two commits stand to each other, as far as the history that is here shows it. */
export type Relation = "same" | "behind" | "ahead" | "diverged";

/**
 * Whether `ours` is behind `theirs`, ahead of it, or neither.
 *
 * @see https://git-scm.com/docs/git-rev-list#Documentation/git-rev-list.txt---left-right
 */
export async function relationOf(
  ours: string,
  theirs: string,
  inside: InCheckout,
): Promise<Relation> {
  if (ours === theirs) return "same";
  const args = ["rev-list", "--left-right", "--count", `${ours}...${theirs}`];
  const [counts = ""] = await git("rev-list", args, quiet(inside)).catch((error: unknown) => {
    if (failedWith(error, "git-failed")) return [];
    throw error;
  });
  const [onlyOurs, onlyTheirs] = counts.split("\t");
  if (onlyOurs === "0") return "behind";
  return onlyTheirs === "0" ? "ahead" : "diverged";
}

/** Keeps the commit of a detached HEAD that no ref leads to: nothing would after the next checkout. */
export async function keepDetached(
  { branch, sha }: Head,
  inside: InCheckout,
  warn: (warning: PhaseWarning) => void,
): Promise<void> {
  if (branch !== null || sha === null || (await isHeld(sha, inside))) return;
  const ref = await keepCommit("HEAD", sha, inside);
  warn({ code: "commits-kept", checkout: inside.checkout.path, branch: null, ref });
}

/** Whether a branch, a tag or anything else that has a name leads to a commit. */
async function isHeld(sha: string, inside: InCheckout): Promise<boolean> {
  const args = ["for-each-ref", "--count=1", "--format=%(refname)", `--contains=${sha}`];
  const names = await git("for-each-ref", args, quiet(inside)).catch((error: unknown) => {
    if (failedWith(error, "git-failed")) return [];
    throw error;
  });
  return names.length > 0;
}

/** For commands that the sync runs to ask git something: their output is not shown. */
export function quiet(inside: InCheckout): InCheckout {
  const { onLine: _, ...rest } = inside;
  return rest;
}

/** Commits of ours need a name, which a container's user often lacks. The dates are fixed, so that equal work is one commit. */
export function identified(inside: InCheckout): InCheckout {
  const person = { NAME: "sandboot", EMAIL: "sandboot@localhost" };
  const env = {
    ...inside.env,
    GIT_AUTHOR_NAME: person.NAME,
    GIT_AUTHOR_EMAIL: person.EMAIL,
    GIT_COMMITTER_NAME: person.NAME,
    GIT_COMMITTER_EMAIL: person.EMAIL,
    GIT_AUTHOR_DATE: "2000-01-01T00:00:00Z",
    GIT_COMMITTER_DATE: "2000-01-01T00:00:00Z",
  };
  return { ...quiet(inside), env };
}
