import type { Dirent } from "node:fs";
import { readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { systemFailure } from "../../base/failed.ts";
import { makeFolder } from "../../base/folder.ts";
import { randomId } from "../../base/random.ts";
import { readSmallFile } from "../../base/text-file.ts";
import { removeAbandoned, unfinishedName } from "../../base/unfinished.ts";
import { MARKER, nameIn, type Skill } from "./page.ts";

export interface InstalledSkills {
  readonly installed: readonly string[];
  /** Skills of earlier boots that are no longer among them. */
  readonly removed: readonly string[];
  /** Skills whose name is taken, and the folder that has it. */
  readonly leftOut: readonly { readonly name: string; readonly path: string }[];
}

/**
 * Puts skills into a folder that the agent searches, in the place of those that an earlier boot has put there. A skill that
 * is there from elsewhere, or in one of `others`, stays, and keeps its name.
 *
 * All of them are written before the first one is put in place. Other sandboxes may do the same in the same folder at the same
 * time: of a skill that several of them bring, the last one stays.
 *
 * @param others - Folders with skills that the agent searches, too.
 * @throws Failed `system-error` when a folder cannot be written.
 */
export async function installSkills(
  skills: readonly Skill[],
  { folder, others }: { readonly folder: string; readonly others: readonly string[] },
): Promise<InstalledSkills> {
  const fresh = unfinishedName(folder);
  try {
    makeFolder(folder);
    const there = (await entriesIn(folder)).map(({ name }) => join(folder, name));
    const owners = await Promise.all(there.map(ownerOf));
    const ours = there.filter((_, at) => owners[at] === "sandboot");
    const taken = await takenNames([
      ...there.filter((_, at) => owners[at] === "another"),
      ...(await Promise.all(others.map(foldersIn))).flat(),
    ]);
    const wanted = skills.filter(({ name }) => !taken.has(name));
    for (const skill of wanted) await write(skill, join(fresh, skill.name));
    makeFolder(fresh);
    for (const path of ours) await takeAway(path, fresh);
    const installed: string[] = [];
    for (const { name } of wanted) {
      const path = join(folder, name);
      if (await put(join(fresh, name), path, fresh)) installed.push(name);
      else taken.set(name, path);
    }
    await removeAbandoned(dirname(folder), basename(folder));
    return {
      installed,
      removed: ours.map((path) => basename(path)).filter((name) => !installed.includes(name)),
      leftOut: skills.flatMap(({ name }) => {
        const path = taken.get(name);
        return path === undefined ? [] : [{ name, path }];
      }),
    };
  } catch (error) {
    throw systemFailure(error, folder);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** @returns whether it is in its place now: not where somebody else's is, which was put there meanwhile. */
async function put(from: string, to: string, aside: string): Promise<boolean> {
  for (;;) {
    try {
      await rename(from, to);
      return true;
    } catch (error) {
      if (!["ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(codeOf(error))) throw error;
    }
    if ((await ownerOf(to)) === "another") return false;
    await takeAway(to, aside);
  }
}

/** Who has put a skill there; null when it is gone. One look at it tells: another sandbox may replace it between two. */
async function ownerOf(path: string): Promise<"sandboot" | "another" | null> {
  try {
    return (await readdir(path)).includes(MARKER) ? "sandboot" : "another";
  } catch (error) {
    return codeOf(error) === "ENOENT" ? null : "another";
  }
}

/** Takes a skill away whole. Another sandbox may have done so. */
async function takeAway(path: string, aside: string): Promise<void> {
  await rename(path, join(aside, randomId())).catch((error: unknown) => {
    if (codeOf(error) !== "ENOENT") throw error;
  });
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}

/** By name: that of the folder, and that in its SKILL.md. */
async function takenNames(folders: readonly string[]): Promise<Map<string, string>> {
  const taken = new Map<string, string>();
  for (const path of folders) {
    for (const name of [basename(path), saidIn(join(path, "SKILL.md"))]) {
      if (name !== null && !taken.has(name)) taken.set(name, path);
    }
  }
  return taken;
}

function saidIn(path: string): string | null {
  try {
    const file = readSmallFile(path, { maxBytes: 64 * 1024 });
    return file.id === "text" ? nameIn(file.text) : null;
  } catch {
    // What cannot be read has no name for the agent either.
    return null;
  }
}

async function entriesIn(folder: string): Promise<Dirent[]> {
  return await readdir(folder, { withFileTypes: true }).catch(() => []);
}

async function foldersIn(folder: string): Promise<string[]> {
  // A link may lead to a folder.
  return (await entriesIn(folder))
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => join(folder, name));
}

async function write({ files }: Skill, folder: string): Promise<void> {
  for (const { path, content, executable } of files) {
    const target = join(folder, path);
    makeFolder(dirname(target));
    await writeFile(target, content, { mode: executable ? 0o555 : 0o444, flag: "wx" });
  }
  await writeFile(join(folder, MARKER), "", { flag: "wx" });
}
