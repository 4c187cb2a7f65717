import { relative } from "node:path";

/** The file system's path of a node in a tree. */
export function pathBelow(root: string, path: string): string {
  return path === "" ? root : `${root}/${path}`;
}

/** Whether `path` is `folder` or is inside it. */
export function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith("../");
}

/** Compares paths, in the same way on every machine. */
export function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : 1;
}
