import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readSmallFile } from "../../base/text-file.ts";
import { commonDirOf, gitDirOf } from "./git-dirs.ts";

/** Branch and commit of a checkout. */
export interface Head {
  /** Null for a detached HEAD. */
  readonly branch: string | null;
  /** Null before the first commit, and when only git itself can read it (reftable). */
  readonly sha: string | null;
}

/** A repository with very many packed refs: git reads those, and we ask it. */
const MOST_PACKED_BYTES = 32 * 1024 * 1024;

/**
 * Reads branch and commit of a checkout from its files, because this is much faster than a git process.
 *
 * @returns null when the folder has no repository, or one in a format that we cannot read.
 */
export function readHead(checkout: string): Head | null {
  const gitDir = gitDirOf(checkout);
  const head = gitDir === null ? null : textOf(join(gitDir, "HEAD"));
  if (gitDir === null || head === null) return null;
  const ref = /^ref: (refs\/\S+)$/m.exec(head)?.[1];
  if (ref === undefined) return { branch: null, sha: shaIn(head) };
  // With reftable, the file HEAD only makes older programs recognize the repository.
  if (ref === "refs/heads/.invalid") return null;
  return { branch: /^refs\/heads\/(.+)$/.exec(ref)?.[1] ?? null, sha: shaOf(gitDir, ref) };
}

/** The commit of a ref, e.g. `refs/remotes/origin/main`; null when the files do not have it. */
export function readRef(checkout: string, ref: string): string | null {
  const gitDir = gitDirOf(checkout);
  return gitDir === null ? null : shaOf(gitDir, ref);
}

/** Whether the files tell of every ref. They do not in the format reftable, nor when there are very many. */
export function areInFiles(commonDir: string): boolean {
  if (existsSync(join(commonDir, "reftable"))) return false;
  try {
    const packed = readSmallFile(join(commonDir, "packed-refs"), { maxBytes: MOST_PACKED_BYTES });
    return packed.id !== "unfit";
  } catch {
    return false;
  }
}

/**
 * Refs that cannot exist beside `ref`, because a name is a file and the start of another name is a folder: `claude` beside
 * `claude/fix`.
 */
export function refsInTheWayOf(ref: string, commonDir: string): string[] {
  const found = new Set<string>();
  const packed = packedRefs(commonDir);
  const parts = ref.split("/");
  for (let length = 3; length < parts.length; length += 1) {
    const shorter = parts.slice(0, length).join("/");
    if (isRefFile(join(commonDir, shorter)) || packed.has(shorter)) found.add(shorter);
  }
  for (const name of packed.keys()) if (name.startsWith(`${ref}/`)) found.add(name);
  for (const name of filesBelow(join(commonDir, ref))) found.add(`${ref}/${name}`);
  return [...found].sort();
}

/** As many symbolic refs in a row as git follows. */
const MOST_SYMBOLIC = 5;

function shaOf(gitDir: string, ref: string, symbolic = 0): string | null {
  const refsDir = commonDirOf(gitDir);
  const loose = textOf(join(refsDir, ref));
  if (loose === null) return packedRefs(refsDir).get(ref) ?? null;
  const other = /^ref: (refs\/\S+)$/m.exec(loose)?.[1];
  if (other === undefined) return shaIn(loose);
  return symbolic < MOST_SYMBOLIC ? shaOf(gitDir, other, symbolic + 1) : null;
}

function packedRefs(commonDir: string): Map<string, string> {
  const text = textOf(join(commonDir, "packed-refs"), MOST_PACKED_BYTES) ?? "";
  const refs = new Map<string, string>();
  for (const line of text.split("\n")) {
    const sha = shaIn(line);
    if (sha !== null) refs.set(line.slice(sha.length + 1), sha);
  }
  return refs;
}

/** The commit name at the start of a text, in SHA-1 or SHA-256. */
function shaIn(text: string): string | null {
  return /^(?:[0-9a-f]{64}|[0-9a-f]{40})(?=\s|$)/.exec(text)?.[0] ?? null;
}

function isRefFile(path: string): boolean {
  return textOf(path) !== null;
}

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith(".lock"))
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  } catch {
    return [];
  }
}

/** A file of the git folder; null when it is not there, or is something that is not read (a pipe, a huge file). */
export function textOf(path: string, maxBytes?: number): string | null {
  try {
    const file = readSmallFile(path, maxBytes === undefined ? {} : { maxBytes });
    return file.id === "text" ? file.text : null;
  } catch {
    return null;
  }
}
