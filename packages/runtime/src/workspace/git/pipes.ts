import { type Dirent, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Failed } from "../../base/failed.ts";

/** Folders of a git folder whose files git opens; `**` stands for everything below. */
const LOOKED_INTO = ["", "info", "objects/info", "objects/pack", "refs/**", "logs/**"];

/**
 * Refuses a checkout with a named pipe or a device where git opens files: git would wait there until its time limit (C13). An
 * earlier session may have put it there. Sockets are harmless, and git's own file system monitor makes one.
 *
 * @throws Failed `git-failed` that names the first one.
 */
export function refusePipes({
  path: checkout,
  gitDir,
  commonDir,
}: Readonly<Record<"path" | "gitDir" | "commonDir", string>>): void {
  const attributes = join(checkout, ".gitattributes");
  const path = isPipe(attributes) ? attributes : (pipeIn(gitDir) ?? pipeIn(commonDir));
  if (path === null) return;
  throw new Failed(
    { code: "git-failed", problem: "pipe-in-repository", checkout, path },
    { fatal: true },
  );
}

function pipeIn(gitDir: string): string | null {
  for (const folder of LOOKED_INTO) {
    const recursive = folder.endsWith("/**");
    const found = entriesOf(join(gitDir, folder.replace("/**", "")), recursive).find(
      (entry) => isSuspect(entry) && isPipe(join(entry.parentPath, entry.name)),
    );
    // A damaged index is made again (repair.ts).
    if (found !== undefined && (folder !== "" || found.name !== "index")) {
      return join(found.parentPath, found.name);
    }
  }
  return null;
}

function entriesOf(folder: string, recursive: boolean): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive });
  } catch {
    // Not there, or not a folder: git says so itself.
    return [];
  }
}

function isSuspect(entry: Dirent): boolean {
  return !entry.isFile() && !entry.isDirectory();
}

function isPipe(path: string): boolean {
  try {
    const stat = statSync(path);
    return stat.isFIFO() || stat.isCharacterDevice() || stat.isBlockDevice();
  } catch {
    return false;
  }
}
