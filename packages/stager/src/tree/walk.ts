import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { type CancelFlag, throwIfCancelled } from "../cancel.ts";

export interface TreeFile {
  readonly path: string;
  readonly type: "file";
  readonly mode: number;
  readonly bytes: number;
  readonly mtimeMs: number;
}

/** A node of a tree, as copying and hashing need it. */
export type TreeNode =
  | TreeFile
  | {
      readonly path: string;
      readonly type: "link";
      readonly target: string;
      readonly mtimeMs: number;
    }
  | {
      readonly path: string;
      readonly type: "folder";
      readonly mode: number;
      readonly mtimeMs: number;
    };

/** A path that cannot be staged: a socket or a device, or a name that is not UTF-8. */
export class UnsupportedFile extends Error {
  readonly path: string;
  readonly reason: string;

  constructor(path: string, reason = "it is neither a file, a folder nor a link") {
    super(`${path}: ${reason}`);
    this.name = "UnsupportedFile";
    this.path = path;
    this.reason = reason;
  }
}

/**
 * Lists everything at and below `root`, sorted, each folder before its contents. Links are not followed. Paths are relative
 * to `root`; the root itself is `""`. Synchronous, for worker threads: a promise for each of 50,000 files would take several
 * times as long as the kernel does.
 *
 * @throws {@link UnsupportedFile}, TaskCancelled, and errors of node:fs.
 */
export function walk(root: string, cancel?: CancelFlag): TreeNode[] {
  const found: TreeNode[] = [];
  visit("", root);
  return found;

  function visit(path: string, full: string): void {
    const stat = lstatSync(full, { throwIfNoEntry: false });
    if (stat === undefined) throw gone(path, full);
    const mode = stat.mode & 0o7777;
    const { mtimeMs } = stat;
    if (stat.isFile()) {
      found.push({ path, type: "file", mode, bytes: stat.size, mtimeMs });
    } else if (stat.isSymbolicLink()) {
      found.push({ path, type: "link", target: readlinkSync(full), mtimeMs });
    } else if (stat.isDirectory()) {
      if (cancel !== undefined) throwIfCancelled(cancel);
      found.push({ path, type: "folder", mode, mtimeMs });
      const names = readdirSync(full).sort();
      for (const name of names) visit(path === "" ? name : `${path}/${name}`, `${full}/${name}`);
    } else {
      throw new UnsupportedFile(full);
    }
  }
}

/** The error for a path that was listed but is not found. Node replaces bytes that are not UTF-8 by U+FFFD. */
function gone(path: string, full: string): Error {
  if (path.includes("\ufffd")) return new UnsupportedFile(full, "its name is not UTF-8");
  const error = new Error(`ENOENT: no such file or directory, lstat '${full}'`);
  return Object.assign(error, { code: "ENOENT", syscall: "lstat", path: full });
}

/** {@link walk} as a task. */
export function walkTask(options: {
  readonly root: string;
  readonly cancel: CancelFlag;
}): TreeNode[] {
  return walk(options.root, options.cancel);
}
