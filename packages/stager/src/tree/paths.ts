import { relative } from "node:path";

/** The path of a tree's node in the file system. */
export function pathBelow(root: string, path: string): string {
  return path === "" ? root : `${root}/${path}`;
}

/** Whether `path` is `folder` or lies in it. */
export function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith("../");
}

/** Orders by path, the same on every machine. */
export function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : 1;
}
