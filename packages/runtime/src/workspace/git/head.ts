import { Failed, failedWith } from "../../base/failed.ts";
import { git } from "./git.ts";
import { type InCheckout, quiet } from "./keep.ts";
import { areInFiles, readHead, readRef } from "./refs.ts";

/** Branch and commit of a checkout. Runs git only when the files do not tell. */
export async function headOf(inside: InCheckout): Promise<{ branch: string | null; sha: string }> {
  const { path } = inside.checkout;
  const head = readHead(path);
  if (head?.sha != null) return { branch: head.branch, sha: head.sha };
  const ask = ["rev-parse", "HEAD", "--abbrev-ref", "HEAD"];
  const [sha = "", name = "HEAD"] = await git("rev-parse", ask, quiet(inside)).catch(
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

/** The commit of a ref; null when there is none. Runs git only when the files do not tell. */
export async function commitOf(ref: string, inside: InCheckout): Promise<string | null> {
  const { checkout } = inside;
  const sha = readRef(checkout.path, ref);
  if (sha !== null || areInFiles(checkout.commonDir)) return sha;
  const args = ["rev-parse", "--quiet", "--verify", ref];
  const [asked] = await git("rev-parse", args, quiet(inside)).catch(() => []);
  return asked ?? null;
}
