import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { commonDirOf, gitDirOf } from "./git-dirs.ts";

/** Branch and commit of a checkout. */
export interface Head {
  /** Null for a detached HEAD. */
  readonly branch: string | null;
  /** Null before the first commit, and when only git itself can read it (reftable). */
  readonly sha: string | null;
}

/**
 * Reads branch and commit of a checkout from its files, because this is much faster than a git process.
 *
 * @returns null when the folder has no repository, or one in a format that we cannot read.
 */
export async function readHead(checkout: string): Promise<Head | null> {
  const gitDir = gitDirOf(checkout);
  const head = gitDir === null ? null : await readText(join(gitDir, "HEAD"));
  if (gitDir === null || head === null) return null;
  const ref = /^ref: (refs\/\S+)$/m.exec(head)?.[1];
  if (ref === undefined) return { branch: null, sha: shaIn(head) };
  // With reftable, the file HEAD only makes older programs recognize the repository.
  if (ref === "refs/heads/.invalid") return null;
  return { branch: /^refs\/heads\/(.+)$/.exec(ref)?.[1] ?? null, sha: await shaOf(gitDir, ref) };
}

/** The commit of a ref, e.g. `refs/remotes/origin/main`; null when the files do not have it. */
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

/** The commit name at the start of a text, in SHA-1 or SHA-256. */
function shaIn(text: string): string | null {
  return /^(?:[0-9a-f]{64}|[0-9a-f]{40})(?=\s|$)/.exec(text)?.[0] ?? null;
}

async function readText(path: string): Promise<string | null> {
  return readFile(path, "utf8").catch(() => null);
}
