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
 * What a pattern matches, in order: links, sockets and the like too, for what is left out in silence is missed at boot.
 * Links to folders are gone through step by step, but not by `**`, which would find everything twice, or for ever.
 *
 * @throws what node:fs says of a folder on the way that cannot be read.
 */
export async function expandGlob(pattern: string, root: string): Promise<string[]> {
  const followsLinks = !pattern.includes("**");
  let failure: NodeJS.ErrnoException | null = null;
  const readFolder: ReadFolder = (path, options, done) =>
    readdir(path, options, (error, entries = []) => {
      // What is not there matches nothing.
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
    // It leads nowhere: for whoever it is matched for to say.
    return false;
  }
}
