import { type Dirent, lstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { Failed } from "../../base/failed.ts";
import type { GitTrap } from "../../base/failure.ts";

/** Where a checkout's files are. */
type Places = Readonly<Record<"path" | "gitDir" | "commonDir", string>>;

/** Folders of a git folder whose files git opens; `**` stands for everything below. */
const LOOKED_INTO = ["", "info", "objects", "objects/info", "objects/pack", "refs/**", "logs/**"];

/** At the top of a git folder, what git or we write. */
const WRITTEN =
  /^(?:config|info|logs|modules|objects|packed-refs|refs|shallow|worktrees|sandboot-.*)$/;

/**
 * Refuses a checkout in which an earlier session has put something that makes git wait or write elsewhere:
 *
 * - a named pipe or a device where git opens files: it would wait there until its time limit (C13). Sockets are harmless, and
 *   git's own file system monitor makes one;
 * - a link out of the git folder where git writes: nothing that lies in a workspace says where we write.
 *
 * @throws Failed `git-failed` that names the first one.
 */
export function refuseTraps(places: Places): void {
  const trap = trapIn(places);
  if (trap !== null) throw trapped(places, trap);
}

/**
 * Refuses a git folder whose `commondir` leads out of it: another repository's branches would be moved.
 *
 * @throws Failed `git-failed`.
 */
export function refuseForeignCommonDir(places: Places): void {
  const { gitDir, commonDir } = places;
  if (gitDir === commonDir || outside(gitDir, commonDir) === null) return;
  throw trapped(places, { path: join(gitDir, "commondir"), is: "link", to: commonDir });
}

function trapped({ path }: Pick<Places, "path">, trap: GitTrap): Failed {
  return new Failed(
    { code: "git-failed", problem: "trap", checkout: path, ...trap },
    { fatal: true },
  );
}

/**
 * Refuses the path of a checkout that is a link out of the folder that it lies in, or has such a link on its way from the
 * workspace: everything would be done elsewhere.
 *
 * @param checkout - Its path.
 * @param workspace - What is above it is the image's; undefined where only the path itself counts.
 * @throws Failed `git-failed`.
 */
export function refuseLink(checkout: string, workspace?: string | undefined): void {
  let path = checkout;
  do {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
      const to = outside(path, dirname(path));
      if (to !== null) throw trapped({ path: checkout }, { path, is: "link", to });
    }
    path = dirname(path);
  } while (workspace !== undefined && path.startsWith(`${workspace}/`));
}

function trapIn({ path, gitDir, commonDir }: Places): GitTrap | null {
  const attributes = join(path, ".gitattributes");
  if (isPipe(attributes)) return { path: attributes, is: "pipe" };
  return trapInFolder(gitDir) ?? (gitDir === commonDir ? null : trapInFolder(commonDir));
}

function trapInFolder(gitDir: string): GitTrap | null {
  for (const folder of LOOKED_INTO) {
    const recursive = folder.endsWith("/**");
    for (const entry of entriesOf(join(gitDir, folder.replace("/**", "")), recursive)) {
      if (entry.isFile() || entry.isDirectory()) continue;
      const path = join(entry.parentPath, entry.name);
      // A damaged index is made again (repair.ts).
      if (isPipe(path) && (folder !== "" || entry.name !== "index")) return { path, is: "pipe" };
      if (!entry.isSymbolicLink() || !isWritten(folder, entry.name)) continue;
      const to = outside(path, gitDir);
      if (to !== null) return { path, is: "link", to };
    }
  }
  return null;
}

/** What is in `info` is only read by git; for `info/exclude` see exclude.ts. */
function isWritten(folder: string, name: string): boolean {
  return folder === "" ? WRITTEN.test(name) : folder !== "info";
}

function entriesOf(folder: string, recursive: boolean): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive });
  } catch {
    // Not there, or not a folder: git says so itself.
    return [];
  }
}

function isPipe(path: string): boolean {
  try {
    const stat = statSync(path);
    return stat.isFIFO() || stat.isCharacterDevice() || stat.isBlockDevice();
  } catch {
    return false;
  }
}

/** Where a path leads, when that is not in `folder`; null also when it leads nowhere. */
function outside(path: string, folder: string): string | null {
  try {
    const [real, bounds] = [realpathSync(path), realpathSync(folder)];
    const isInside = bounds === "/" || real === bounds || real.startsWith(`${bounds}/`);
    return isInside ? null : real;
  } catch {
    return null;
  }
}
