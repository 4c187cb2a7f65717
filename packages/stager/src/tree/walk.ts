import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";

/** What lies at a path, as copying and hashing need it. */
export type TreeNode =
  | {
      readonly path: string;
      readonly type: "file";
      readonly mode: number;
      readonly bytes: number;
      readonly mtimeMs: number;
    }
  | { readonly path: string; readonly type: "link"; readonly target: string }
  | {
      readonly path: string;
      readonly type: "folder";
      readonly mode: number;
      readonly mtimeMs: number;
    };

/** Something that cannot be staged: no file, folder or link (a socket, a device), or without a name in UTF-8. */
export class UnsupportedFile extends Error {
  readonly path: string;
  readonly reason: string;

  constructor(path: string, reason = "it is neither file, folder nor link") {
    super(`${path}: ${reason}`);
    this.name = "UnsupportedFile";
    this.path = path;
    this.reason = reason;
  }
}

/** How many folders are read at once: enough to keep the disk busy, few enough for any limit on open files. */
const AT_ONCE = 32;

/**
 * Everything at and below `root`, folders before what is in them, sorted by path; links are not followed.
 * Paths are relative to `root`; the root itself is `""`.
 *
 * @throws {@link UnsupportedFile}, and what node:fs throws.
 */
export async function walk(root: string, signal?: { aborted(): boolean }): Promise<TreeNode[]> {
  const found: TreeNode[] = [];
  let level = [""];
  while (level.length > 0) {
    const next: string[] = [];
    for (let from = 0; from < level.length; from += AT_ONCE) {
      if (signal?.aborted()) return found;
      const batch = level.slice(from, from + AT_ONCE);
      for (const { node, children } of await Promise.all(batch.map((path) => look(root, path)))) {
        found.push(node);
        next.push(...children);
      }
    }
    level = next;
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function look(root: string, path: string): Promise<{ node: TreeNode; children: string[] }> {
  const full = path === "" ? root : join(root, path);
  const stat = await lstat(full);
  const mode = stat.mode & 0o7777;
  const { mtimeMs } = stat;
  if (stat.isFile()) {
    return { node: { path, type: "file", mode, bytes: stat.size, mtimeMs }, children: [] };
  }
  if (stat.isSymbolicLink()) {
    return { node: { path, type: "link", target: await readlink(full) }, children: [] };
  }
  if (!stat.isDirectory()) throw new UnsupportedFile(full);
  const names = await readdir(full);
  const garbled = names.find((name) => name.includes("\ufffd"));
  if (garbled !== undefined && !(await hasName(full, garbled))) {
    throw new UnsupportedFile(join(full, garbled), "its name is not UTF-8");
  }
  const children = names.map((name) => (path === "" ? name : `${path}/${name}`));
  return { node: { path, type: "folder", mode, mtimeMs }, children };
}

/** Whether a name that looks like a decoding error really is spelled with U+FFFD. */
async function hasName(folder: string, name: string): Promise<boolean> {
  const raw = await readdir(folder, { encoding: "buffer" });
  return raw.some((bytes) => bytes.equals(Buffer.from(name)));
}
