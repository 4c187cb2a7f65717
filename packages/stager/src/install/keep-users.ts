import { mkdirSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "../tree/make-folder.ts";
import { leadsToFolder, statOf } from "./identity.ts";
import type { TargetLayout } from "./layout.ts";
import { readListing, usersPaths } from "./listing.ts";
import { move } from "./move.ts";

export type ConflictPolicy = "keep" | "replace";

/**
 * Moves the user's files from one of our folders, which was moved away, back to their paths. When something else is at a path
 * now, the policy decides: the user's file replaces it, or is kept below `replaced/`. Can be repeated after a kill, because a
 * file that has been moved is not found again.
 *
 * @returns The files that were kept, as paths below the entry.
 */
export function bringBack(
  layout: TargetLayout,
  options: {
    /** The folder's present path. */
    readonly away: string;
    /** The entry's path in the target. */
    readonly path: string;
    readonly listing: string | null;
    readonly policy: ConflictPolicy;
  },
): string[] {
  const { away, path, policy } = options;
  if (statOf(away)?.isDirectory() !== true) return [];
  const listing = readListing(layout, options.listing);
  if (listing === null) {
    // Nothing says which files are ours, so the whole folder is kept.
    putAside(layout, away, path);
    return [""];
  }
  const kept = [...usersPaths(away, listing)];
  for (const name of kept) {
    if (name === "") {
      putAside(layout, away, path);
      continue;
    }
    const from = join(away, name);
    const wanted = `${path}/${name}`;
    if (!putAt(layout, { base: layout.target, path: wanted, from, policy }))
      putAside(layout, from, wanted);
  }
  return kept;
}

/** Moves the files that the policy had replaced back to their paths, where those are free. */
export function restoreReplaced(layout: TargetLayout, path = ""): void {
  const folder = join(layout.replaced, path);
  if (statOf(folder)?.isDirectory() !== true) return;
  for (const name of readdirSync(folder)) {
    const here = path === "" ? name : `${path}/${name}`;
    const put = { base: layout.target, path: here, from: join(folder, name) };
    if (putAt(layout, { ...put, policy: "replace" })) continue;
    restoreReplaced(layout, here);
  }
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}

/** Moves a file of the user below `replaced/`, without overwriting files that are already there. */
export function putAside(layout: TargetLayout, from: string, path: string): void {
  const areFolders = [from, join(layout.replaced, path)].every(
    (folder) => statOf(folder)?.isDirectory() === true,
  );
  const names = areFolders ? readdirSync(from) : [];
  // A file whose name is not UTF-8 can only be moved with its folder.
  if (areFolders && names.every((name) => statOf(join(from, name)) !== null)) {
    for (const name of names) putAside(layout, join(from, name), `${path}/${name}`);
    rmdirSync(from);
    return;
  }
  for (let attempt = 0; ; attempt++) {
    const name = attempt === 0 ? path : `again-${attempt}/${path}`;
    if (putAt(layout, { base: layout.replaced, path: name, from, policy: "replace" })) return;
  }
}

/** Moves files out of the way where folders above `path` should be. A link to a folder stays: the user may have made it. */
export function clearWay(layout: TargetLayout, path: string): void {
  const parts = path.split("/");
  for (let depth = 1; depth < parts.length; depth++) {
    const above = parts.slice(0, depth).join("/");
    const full = join(layout.target, above);
    if (statOf(full) === null) return;
    if (!leadsToFolder(full)) putAside(layout, full, above);
  }
}

/**
 * Moves `from` to `path` below `base`, if that path is free; with `keep` also if a file is there. Does not go through links,
 * because they may lead out of the target.
 */
function putAt(
  layout: TargetLayout,
  options: {
    readonly base: string;
    readonly path: string;
    readonly from: string;
    readonly policy: ConflictPolicy;
  },
): boolean {
  const { base, path, from, policy } = options;
  if (!makeRealFolder(base, dirname(path))) return false;
  const to = join(base, path);
  const stat = statOf(to);
  if (stat !== null && (policy === "replace" || stat.isDirectory())) return false;
  if (stat !== null && statOf(from)?.isDirectory() === true) rmSync(to);
  move(layout, from, to);
  return true;
}

function makeRealFolder(base: string, path: string): boolean {
  makeFolder(base);
  let folder = base;
  for (const name of path === "." ? [] : path.split("/")) {
    folder = join(folder, name);
    const stat = statOf(folder);
    if (stat === null) mkdirSync(folder);
    else if (!stat.isDirectory()) return false;
  }
  return true;
}
