import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { commonDirOf, gitDirOf } from "./git-dirs.ts";

/** Where a checkout stands. */
export interface Head {
  /** Null when it stands on no branch. */
  readonly branch: string | null;
  /** Null before the first commit, and when only git itself can tell (reftable). */
  readonly sha: string | null;
}

/**
 * Reads where a checkout stands from its files: a git process would cost more than the answer.
 *
 * @returns null when there is no repository in the folder, or one whose files we do not understand.
 */
export async function readHead(checkout: string): Promise<Head | null> {
  const gitDir = gitDirOf(checkout);
  const head = gitDir === null ? null : await readText(join(gitDir, "HEAD"));
  if (gitDir === null || head === null) return null;
  const ref = /^ref: (refs\/\S+)$/m.exec(head)?.[1];
  if (ref === undefined) return { branch: null, sha: shaIn(head) };
  // Where refs are kept in tables, HEAD is only there so that older programs see a repository.
  if (ref === "refs/heads/.invalid") return null;
  return { branch: /^refs\/heads\/(.+)$/.exec(ref)?.[1] ?? null, sha: await shaOf(gitDir, ref) };
}

/** The commit that a ref of a checkout names, e.g. `refs/remotes/origin/main`; null when it is not in the files. */
export async function readRef(checkout: string, ref: string): Promise<string | null> {
  const gitDir = gitDirOf(checkout);
  return gitDir === null ? null : shaOf(gitDir, ref);
}

async function shaOf(gitDir: string, ref: string): Promise<string | null> {
  const refsDir = commonDirOf(gitDir);
  const loose = await readText(join(refsDir, ref));
  if (loose !== null) return shaIn(loose);
  const packed = (await readText(join(refsDir, "packed-refs"))) ?? "";
  const line = packed.split("\n").find((candidate) => candidate.endsWith(` ${ref}`));
  return line === undefined ? null : shaIn(line);
}

/** A commit's name stands first, in SHA-1 or SHA-256. */
function shaIn(text: string): string | null {
  return /^(?:[0-9a-f]{64}|[0-9a-f]{40})(?=\s|$)/.exec(text)?.[0] ?? null;
}

async function readText(path: string): Promise<string | null> {
  return readFile(path, "utf8").catch(() => null);
}
