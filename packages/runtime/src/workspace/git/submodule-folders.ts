import { existsSync, lstatSync, readdirSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { Failed } from "../../base/failed.ts";
import type { Checkout } from "./checkout-folder.ts";
import { git } from "./git.ts";
import { gitDirOf } from "./git-dirs.ts";
import { type InCheckout, quiet } from "./keep.ts";

/** Deeper ones are nobody's. */
const DEEPEST = 16;

/**
 * The submodules of a checkout that are there, and theirs.
 *
 * git works in the repository that `.git` in a submodule's folder leads to. That is one below the superproject's `modules`,
 * or lies in the folder itself (`git submodule add` of a repository that was there already). Nothing else is one (C12).
 *
 * @throws Failed `git-failed` that names a `.git` which leads elsewhere.
 */
export async function submodulesOf(inside: InCheckout, depth = 0): Promise<Checkout[]> {
  const { path, commonDir } = inside.checkout;
  const found: Checkout[] = [];
  for (const name of await pathsIn(inside)) {
    const place = resolve(path, name);
    const dotGit = join(place, ".git");
    const stat = lstatSync(dotGit, { throwIfNoEntry: false });
    if (stat === undefined || !place.startsWith(`${path}/`)) continue;
    const gitDir = gitDirOf(place);
    if (gitDir === null || !existsSync(join(gitDir, "HEAD"))) continue;
    const isBelow = (folder: string) => realOf(gitDir).startsWith(`${realOf(folder)}/`);
    if (!isBelow(join(commonDir, "modules")) && !(stat.isDirectory() && isBelow(place))) {
      const trap = { problem: "trap", path: dotGit, is: "link", to: gitDir } as const;
      throw new Failed({ code: "git-failed", checkout: path, ...trap }, { fatal: true });
    }
    const checkout: Checkout = { path: place, gitDir, commonDir: gitDir };
    found.push(checkout);
    if (depth >= DEEPEST) continue;
    found.push(...(await submodulesOf({ ...inside, cwd: place, checkout }, depth + 1)));
  }
  return found;
}

/**
 * All git folders whose configuration may count: those of the submodules, and those that only wait for one of its name
 * below `modules`.
 *
 * @returns each with a folder to run git in.
 */
export function gitFoldersOf(
  { path, commonDir }: Checkout,
  submodules: readonly Checkout[],
): readonly Pick<Checkout, "path" | "gitDir">[] {
  const known = new Map(submodules.map((submodule) => [realOf(submodule.gitDir), submodule]));
  const waiting = [
    join(commonDir, "modules"),
    ...submodules.map(({ gitDir }) => join(gitDir, "modules")),
  ]
    .flatMap((folder) => gitFoldersBelow(folder))
    .filter((gitDir) => !known.has(realOf(gitDir)));
  return [...submodules, ...new Set(waiting)].map((entry) =>
    typeof entry === "string" ? { path, gitDir: entry } : entry,
  );
}

/** What `.gitmodules` says. */
async function pathsIn(inside: InCheckout): Promise<string[]> {
  const file = join(inside.checkout.path, ".gitmodules");
  if (!existsSync(file)) return [];
  const args = ["config", "-z", "--file", file, "--get-regexp", "^submodule\\..*\\.path$"];
  const lines = await git("config", args, { ...quiet(inside), isExact: true }).catch(() => []);
  const entries = Buffer.from(lines.join("\n"), "latin1").toString("utf8").split("\0");
  return entries.flatMap((entry) => entry.split("\n").slice(1).join("\n") || []);
}

function gitFoldersBelow(folder: string, depth = 0): string[] {
  if (depth > DEEPEST) return [];
  let names: string[];
  try {
    names = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map(({ name }) => name);
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const path = join(folder, name);
    return existsSync(join(path, "HEAD"))
      ? [path, ...gitFoldersBelow(join(path, "modules"), depth + 1)]
      : gitFoldersBelow(path, depth + 1);
  });
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
