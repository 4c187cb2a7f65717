import type { Stats } from "node:fs";
import { lstat, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Failed, failedWith } from "../../base/failed.ts";
import type { OutputTail } from "../../base/failure.ts";
import type { Setting } from "../../config/git-env.ts";
import { git } from "./git.ts";
import { type InCheckout, identified, keepCommit, quiet } from "./keep.ts";
import { readRef } from "./refs.ts";

/** Where the work went that a forced checkout would have overwritten. */
export interface KeptFiles {
  readonly stashed: boolean;
  /** The commit with the files that no stash can hold; null when there are none. */
  readonly ref: string | null;
}

/**
 * Keeps what a forced checkout of `target` would overwrite: changes to tracked files in a stash, and in a commit under a ref
 * what no stash holds: untracked files that are in the way, and all changes while the index has entries of which git makes no
 * stash (`git add --intent-to-add`, conflicts).
 *
 * @throws Failed `place-taken` when a repository within the checkout is in the way: nothing could hold that.
 */
export async function keepFiles(
  target: string,
  why: string,
  inside: InCheckout,
): Promise<KeptFiles> {
  await lookAtAll(inside);
  const untracked = await untrackedInTheWay(target, inside);
  const saved = await stashOf(why, inside);
  const changed = saved === "none-possible" ? await changedFiles(inside) : [];
  const ref = await keepPaths([...untracked, ...changed], target, why, inside);
  if (typeof saved !== "object") return { stashed: false, ref };
  if (!(await isOnTop(saved.commit, inside))) {
    const args = ["stash", "store", "--quiet", `--message=${why}`, saved.commit];
    await git("stash store", args, identified(inside));
  }
  return { stashed: true, ref };
}

/** Git looks at the files again that somebody told it not to look at: a stash would miss them, and a checkout refuse. */
async function lookAtAll(inside: InCheckout): Promise<void> {
  const entries = await names(["ls-files", "-z", "-v"], inside);
  const flagged = entries.filter((entry) => /^[a-zS] /.test(entry)).map((entry) => entry.slice(2));
  const there: string[] = [];
  for (const name of flagged) if ((await statOf(name, inside)) !== null) there.push(name);
  if (there.length === 0) return;
  for (const flag of ["--no-assume-unchanged", "--no-skip-worktree"]) {
    const args = ["update-index", flag, "-z", "--stdin"];
    await git("update-index", args, { ...quiet(inside), stdin: bytesOf(there) });
  }
}

async function stashOf(
  why: string,
  inside: InCheckout,
): Promise<{ readonly commit: string } | "unneeded" | "none-possible"> {
  const made = await git("stash create", ["stash", "create", why], identified(inside)).catch(
    (error: unknown) => {
      if (failedWith(error, "git-failed") && error.value.problem === "exited") return null;
      throw error;
    },
  );
  if (made === null) return "none-possible";
  const [commit] = made;
  return commit === undefined ? "unneeded" : { commit };
}

/** Whether the newest stash holds the same files: a boot that is repeated makes no second one. */
async function isOnTop(saved: string, inside: InCheckout): Promise<boolean> {
  if (readRef(inside.checkout.path, "refs/stash") === null) return false;
  const trees = [
    "rev-parse",
    `${saved}^{tree}`,
    `${saved}^2^{tree}`,
    "stash@{0}^{tree}",
    "stash@{0}^2^{tree}",
  ];
  const [all, index, topAll, topIndex] = await git("rev-parse", trees, quiet(inside)).catch(
    () => [] as readonly string[],
  );
  return all !== undefined && all === topAll && index === topIndex;
}

/** What differs from HEAD, in the index or in the files. */
async function changedFiles(inside: InCheckout): Promise<string[]> {
  return names(["diff-index", "-z", "--name-only", "--no-renames", "HEAD"], inside);
}

/**
 * Untracked files, ignored ones among them, that a forced checkout would replace: where the commit has a file, where it has a
 * folder, and in a folder where it has a file.
 */
async function untrackedInTheWay(target: string, inside: InCheckout): Promise<string[]> {
  const found = new Set(await names(["ls-files", "-z", "--killed"], inside));
  const places: string[] = [];
  const isFolder = new Map<string, boolean>();
  for (const { name, isSubmodule } of await addedBy(target, inside)) {
    const above = await firstThatIsNoFolder(dirname(name), isFolder, inside);
    if (above !== null) {
      places.push(above);
      continue;
    }
    const stat = await statOf(name, inside);
    if (stat?.isFile() || stat?.isSymbolicLink()) found.add(name);
    else if (stat?.isDirectory() && !isSubmodule) places.push(name);
  }
  if (places.length > 0) {
    const taken = new Set(places);
    for (const name of await names(["ls-files", "-z", "--others"], inside)) {
      if (aboveAndItself(name).some((path) => taken.has(path))) found.add(name);
    }
  }
  const repository = [...found].find((name) => name.endsWith("/"));
  if (repository !== undefined) {
    const path = join(inside.checkout.path, repository);
    throw new Failed({ code: "git-failed", problem: "place-taken", path, by: "repository" });
  }
  return [...found];
}

/** The paths that the commit has and the index has not. */
async function addedBy(target: string, inside: InCheckout) {
  const args = ["diff-index", "-z", "--raw", "--cached", "--no-renames", "--diff-filter=D", target];
  const fields = await names(args, inside);
  // `:100644 000000 <sha> 0000000 D`, and then the name.
  return fields.flatMap((field, at) =>
    at % 2 === 1
      ? [{ name: field, isSubmodule: fields[at - 1]?.startsWith(":160000") === true }]
      : [],
  );
}

/** @param isFolder - What is known already. */
async function firstThatIsNoFolder(
  folder: string,
  isFolder: Map<string, boolean>,
  inside: InCheckout,
): Promise<string | null> {
  for (const path of aboveAndItself(folder)) {
    if (path === ".") return null;
    if (!isFolder.has(path)) {
      const stat = await statOf(path, inside);
      if (stat === null) return null;
      isFolder.set(path, stat.isDirectory());
    }
    if (isFolder.get(path) === false) return path;
  }
  return null;
}

/** `a`, `a/b`, `a/b/c` */
function aboveAndItself(path: string): string[] {
  const parts = path.split("/");
  return parts.map((_, at) => parts.slice(0, at + 1).join("/"));
}

/** An index of ours has no sparse part, and takes files with any line ends. */
const TAKES_ALL: readonly Setting[] = [
  ["core.sparseCheckout", "false"],
  ["core.safecrlf", "false"],
];

/** @returns The ref of a commit with these files as they are now; null when they are as in the target. */
async function keepPaths(
  paths: readonly string[],
  target: string,
  why: string,
  inside: InCheckout,
): Promise<string | null> {
  if (paths.length === 0) return null;
  const index = join(inside.checkout.gitDir, "sandboot-index");
  const settings = [...(inside.settings ?? []), ...TAKES_ALL];
  const aside: InCheckout = { ...quiet(inside), index, settings };
  const clean = () =>
    Promise.all([index, `${index}.lock`].map((path) => rm(path, { force: true })));
  try {
    await clean();
    await git("read-tree", ["read-tree", target], aside);
    const args = ["update-index", "--add", "--remove", "--replace", "-z", "--stdin"];
    await git("update-index", args, { ...aside, stdin: bytesOf(paths) });
    const [tree = ""] = await git("write-tree", ["write-tree"], aside);
    const [same = ""] = await git("rev-parse", ["rev-parse", `${target}^{tree}`], aside);
    if (tree === same) return null;
    const commit = ["commit-tree", tree, "-p", target, "-m", why];
    const [sha = ""] = await git("commit-tree", commit, identified(aside));
    return await keepCommit("untracked", sha, inside);
  } finally {
    await clean();
  }
}

/**
 * Refuses a checkout that git calls done although it could not write all files, as on a full disk: it prints an error, and
 * ends with exit code 0.
 *
 * @param before - The commit that was checked out before; null when there was none.
 * @throws Failed `git-failed`.
 */
export async function refuseUnwritten(
  before: string | null,
  sha: string,
  outputTail: OutputTail,
  inside: InCheckout,
): Promise<void> {
  const differing = await names(["diff-files", "-z", "--name-only"], inside);
  if (differing.length === 0) return;
  // A local change elsewhere is nobody's fault. Git refuses to write over one.
  const args = ["diff-tree", "-r", "-z", "--name-only", "--no-renames"];
  const written = before === null ? null : new Set(await names([...args, before, sha], inside));
  const paths = differing.filter((name) => written === null || written.has(name));
  const [first] = paths;
  if (first === undefined) return;
  const path = join(inside.checkout.path, Buffer.from(first, "latin1").toString("utf8"));
  const { checkout } = inside;
  throw new Failed(
    { code: "git-failed", problem: "unwritten", checkout: checkout.path, path, outputTail },
    { fatal: true },
  );
}

/** Names of files, which need not be UTF-8: each character is a byte. */
async function names(args: readonly string[], inside: InCheckout): Promise<string[]> {
  const lines = await git(args[0] ?? "", args, { ...quiet(inside), isExact: true });
  return lines
    .join("\n")
    .split("\0")
    .filter((name) => name !== "");
}

function bytesOf(names: readonly string[]): Buffer {
  return Buffer.from(names.map((name) => `${name}\0`).join(""), "latin1");
}

async function statOf(name: string, { checkout }: InCheckout): Promise<Stats | null> {
  const path = Buffer.concat([Buffer.from(`${checkout.path}/`), Buffer.from(name, "latin1")]);
  return lstat(path).catch(() => null);
}
