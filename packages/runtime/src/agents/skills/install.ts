import { type Dirent, existsSync } from "node:fs";
import { readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { systemFailure } from "../../base/failed.ts";
import { makeFolder } from "../../base/folder.ts";
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
 * All of them are written before the first one is put in place.
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
    const ours = there.filter((path) => existsSync(join(path, MARKER)));
    const taken = await takenNames([
      ...there.filter((path) => !ours.includes(path)),
      ...(await Promise.all(others.map(foldersIn))).flat(),
    ]);
    const wanted = skills.filter(({ name }) => !taken.has(name));
    for (const skill of wanted) await write(skill, join(fresh, skill.name));
    for (const path of ours) await rm(path, { recursive: true });
    for (const { name } of wanted) await rename(join(fresh, name), join(folder, name));
    await removeAbandoned(dirname(folder), basename(folder));
    const installed = wanted.map(({ name }) => name);
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

/** By name: that of the folder, and that in its SKILL.md. */
async function takenNames(folders: readonly string[]): Promise<ReadonlyMap<string, string>> {
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
