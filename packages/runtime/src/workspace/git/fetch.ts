import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readText } from "../../base/text-file.ts";
import type { Setting } from "../../config/git-env.ts";
import type { Checkout } from "./checkout-folder.ts";
import { type GitOptions, git } from "./git.ts";
import { readRef, textOf } from "./refs.ts";
import { writeFresh } from "./write-fresh.ts";

export interface FetchOptions extends GitOptions {
  readonly checkout: Checkout;
  /** Without credentials. */
  readonly url: string;
  /** The credentials; no other step gets them. */
  readonly secret: readonly Setting[];
  /** The branch, or null for the remote's HEAD. */
  readonly branch: string | null;
  readonly depth: number | null;
  /** Commits that the checkout has, so that they are not sent again. */
  readonly have: readonly string[];
}

/** In the git folder while a fetch runs. What a killed fetch leaves is removed by the next one. */
const FOLDER = "sandboot-fetch";
const FETCHED = "refs/sandboot/fetched";

/**
 * Fetches a branch into a checkout's objects, and changes nothing else of it.
 *
 * The fetch runs in a repository of our own, which has the checkout's objects and nothing of its configuration: so no
 * program, proxy, URL rewriting or helper that an earlier session wrote there can see the credentials (C12). User's and
 * machine's configuration count as always.
 *
 * @returns The commit.
 * @throws Failed when git fails.
 */
export async function fetchCommit(options: FetchOptions): Promise<string> {
  const { checkout, url, branch, depth } = options;
  const { commonDir } = checkout;
  const folder = join(commonDir, FOLDER);
  await rm(folder, { recursive: true, force: true });
  try {
    await makeRepository(folder, options);
    const source = branch === null ? "HEAD" : `refs/heads/${branch}`;
    const args = [
      "fetch",
      "--no-auto-gc",
      // Submodules have their own step.
      "--no-recurse-submodules",
      "--no-tags",
      "--no-write-fetch-head",
      ...(depth === null ? [] : [`--depth=${depth}`]),
      "--",
      // By URL and not by remote name: the config decides, whatever remotes the image's checkout has.
      url,
      `+${source}:${FETCHED}`,
    ];
    const { checkout: _, env, settings = [], secret, ...rest } = options;
    await git("fetch", args, {
      ...rest,
      cwd: folder,
      checkout: { path: folder, gitDir: folder, commonDir: folder },
      env,
      objects: join(commonDir, "objects"),
      settings: [...settings, ...secret],
    });
    const sha = readText(join(folder, FETCHED))?.trim();
    if (sha === undefined) throw new Error(`git fetch wrote no ${FETCHED}`);
    await takeShallow(folder, options);
    return sha;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeRepository(folder: string, { checkout, have }: FetchOptions): Promise<void> {
  // Readable for us alone. `mkdir` fails when another program has created the folder in the meantime.
  await mkdir(folder, { mode: 0o700 });
  await mkdir(join(folder, "refs"));
  const sha256 = have.some((sha) => sha.length === 64);
  const config = sha256
    ? "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = sha256\n"
    : "[core]\n\trepositoryformatversion = 0\n\tbare = true\n";
  const refs = [...new Set(have)].map((sha, index) => `${sha} refs/sandboot/have/${index}\n`);
  const shallow = textOf(join(checkout.commonDir, "shallow"));
  await Promise.all([
    writeFile(join(folder, "HEAD"), "ref: refs/heads/none\n"),
    writeFile(join(folder, "config"), config),
    writeFile(join(folder, "packed-refs"), refs.sort().join("")),
    ...(shallow === null ? [] : [writeFile(join(folder, "shallow"), shallow)]),
  ]);
}

/**
 * Brings the list of commits whose parents are missing into the checkout. A commit that the fetch took off the list stays on
 * it where its parents are still missing: branches of the checkout may lead to it.
 */
async function takeShallow(folder: string, options: FetchOptions): Promise<void> {
  const { checkout } = options;
  const path = join(checkout.commonDir, "shallow");
  const before = linesOf(textOf(path));
  const after = linesOf(textOf(join(folder, "shallow")));
  const dropped = before.filter((sha) => !after.includes(sha));
  const kept = dropped.length === 0 ? [] : await withoutParents(dropped, folder, options);
  const lines = [...new Set([...after, ...kept])].sort();
  if (lines.join() === [...before].sort().join()) return;
  if (lines.length === 0) return rm(path, { force: true });
  await writeFresh(`${path}.sandboot`, `${lines.join("\n")}\n`);
  await rename(`${path}.sandboot`, path);
}

async function withoutParents(
  shas: readonly string[],
  folder: string,
  { checkout, onLine: _, secret: __, ...options }: FetchOptions,
): Promise<string[]> {
  const answers = await git("cat-file", ["cat-file", "--batch-check"], {
    ...options,
    cwd: folder,
    checkout: { path: folder, gitDir: folder, commonDir: folder },
    objects: join(checkout.commonDir, "objects"),
    stdin: shas.map((sha) => `${sha}^1\n`).join(""),
  });
  return shas.filter((_, index) => !/^[0-9a-f]+ commit /.test(answers[index] ?? ""));
}

function linesOf(text: string | null): string[] {
  return (text ?? "").split("\n").filter((line) => line !== "");
}

/** The commits of a checkout that a remote most probably has: the present one, and those that were fetched last. */
export function commitsOf(path: string, refs: readonly string[], head: string | null): string[] {
  return [head, ...refs.map((ref) => readRef(path, ref))].filter((sha) => sha !== null);
}
