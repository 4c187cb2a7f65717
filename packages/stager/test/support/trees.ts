import { lstat, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

export { type Files, writeFiles } from "../../../../test/support/files.ts";

/** Replaces a file of a stage by one with the same mode. The file is read-only, so only root could write to it. */
export async function damage(path: string, text: string): Promise<void> {
  const { mode } = await lstat(path);
  await rm(path);
  await writeFile(path, text, { mode });
}

/** Reads a whole tree: every path with its type, mode and content. */
export async function snapshot(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const visit = async (path: string): Promise<void> => {
    for (const name of (await readdir(join(folder, path))).sort()) {
      const here = path === "" ? name : `${path}/${name}`;
      const full = join(folder, here);
      const stat = await lstat(full);
      if (stat.isSymbolicLink()) {
        found[here] = `link ${await readlink(full)}`;
      } else if (stat.isDirectory()) {
        found[here] = "folder";
        await visit(here);
      } else {
        found[here] = `file 0${(stat.mode & 0o777).toString(8)} ${await readFile(full, "latin1")}`;
      }
    }
  };
  await visit("");
  return found;
}

/** Reads a target, without our own folder in it. */
export async function snapshotOfTarget(target: string): Promise<Record<string, string>> {
  const all = Object.entries(await snapshot(target));
  return Object.fromEntries(all.filter(([path]) => path.split("/")[0] !== ".sandboot"));
}
