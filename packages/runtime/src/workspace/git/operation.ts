import { existsSync } from "node:fs";
import { join } from "node:path";
import { Failed } from "../../base/failed.ts";
import type { Checkout } from "./checkout-folder.ts";

/** Files in the git folder that exist during a merge, a rebase and the like. */
const OPERATIONS: Readonly<Record<string, string>> = {
  MERGE_HEAD: "merge",
  CHERRY_PICK_HEAD: "cherry-pick",
  REVERT_HEAD: "revert",
  "rebase-merge": "rebase",
  "rebase-apply": "rebase",
  BISECT_LOG: "bisect",
};

/** The operation that somebody has begun in a checkout and not ended: `merge`, `rebase`, …; null when there is none. */
export function operationIn({ gitDir }: Checkout): string | null {
  const found = Object.keys(OPERATIONS).find((name) => existsSync(join(gitDir, name)));
  return found === undefined ? null : (OPERATIONS[found] ?? found);
}

/**
 * Refuses a checkout during a merge, rebase and the like. It would forget which commits remain to be merged or picked (C11).
 *
 * @throws Failed `git-failed`.
 */
export function refuseDuringOperation(checkout: Checkout): void {
  const operation = operationIn(checkout);
  if (operation === null) return;
  const { path } = checkout;
  const problem = "operation-in-progress";
  throw new Failed({ code: "git-failed", problem, checkout: path, operation });
}
