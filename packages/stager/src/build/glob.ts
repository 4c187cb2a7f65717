import { type Dirent, readdir, statSync } from "node:fs";
import { join } from "node:path";
import { type GlobOptions, glob } from "tinyglobby";

type FileSystem = Required<NonNullable<GlobOptions["fs"]>>;
type ReadFolder = (
  path: string,
  options: { withFileTypes: true },
  done: (error: NodeJS.ErrnoException | null, entries: Dirent[]) => void,
) => void;

/**
 * The paths that a pattern matches, sorted. Includes links and even sockets, because a path that is silently left out would
 * only be missed at boot. Follows links to folders, but not for `**`, which could find paths twice or never end.
 *
 * @throws errors of the file system for a folder that cannot be read.
 */
export async function expandGlob(pattern: string, root: string): Promise<string[]> {
  const followsLinks = !pattern.includes("**");
  let failure: NodeJS.ErrnoException | null = null;
  const readFolder: ReadFolder = (path, options, done) =>
    readdir(path, options, (error, entries = []) => {
      // A missing folder has no matches.
      if (error !== null && error.code !== "ENOENT" && error.code !== "ENOTDIR") failure ??= error;
      for (const entry of entries) {
        const isFolder =
          entry.isDirectory() ||
          (followsLinks && entry.isSymbolicLink() && leadsToFolder(join(path, entry.name)));
        entry.isDirectory = () => isFolder;
        entry.isFile = () => !isFolder;
      }
      done(error, entries);
    });
  const found = await glob(pattern, {
    cwd: root,
    absolute: true,
    onlyFiles: false,
    expandDirectories: false,
    followSymbolicLinks: false,
    dot: true,
    fs: { readdir: readFolder as FileSystem["readdir"] },
  });
  if (failure !== null) throw failure;
  return found.map((path) => path.replace(/\/$/, "")).sort();
}

function leadsToFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // A dangling link is not a folder. The caller reports it.
    return false;
  }
}
