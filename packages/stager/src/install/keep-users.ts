import { mkdirSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "../tree/make-folder.ts";
import { leadsToFolder, statOf } from "./identity.ts";
import type { TargetLayout } from "./layout.ts";
import { readListing, usersPaths } from "./listing.ts";
import { move } from "./move.ts";

export type ConflictPolicy = "keep" | "replace";

/**
 * Brings the user's files out of a folder of ours that was taken out of the way back to where they were. One that
 * something else stands in the place of now is put there instead, or kept below `replaced/`, by policy. What is done
 * once is not found a second time, so it may be done again after a kill.
 *
 * @returns What was kept, as paths below the entry.
 */
export function bringBack(
  layout: TargetLayout,
  options: {
    /** Where the folder is now. */
    readonly away: string;
    /** The entry's path in the target. */
    readonly path: string;
    readonly listing: string | null;
    readonly policy: ConflictPolicy;
  },
): string[] {
  const { away, path, policy } = options;
  if (statOf(away)?.isDirectory() !== true) return [];
  const listing =
    options.listing === null ? null : readListing(join(layout.listings, options.listing));
  if (listing === null) {
    // Nothing says what in it is ours: all of it is kept, out of the way.
    putAside(layout, away, path);
    return [""];
  }
  const kept = [...usersPaths(away, listing)];
  for (const name of kept) {
    const from = join(away, name);
    const wanted = `${path}/${name}`;
    if (!putAt(layout.target, wanted, from, policy)) putAside(layout, from, wanted);
  }
  return kept;
}

/** Puts what policy had replaced back to its place, where that is free. */
export function restoreReplaced(layout: TargetLayout, path = ""): void {
  const folder = join(layout.replaced, path);
  if (statOf(folder)?.isDirectory() !== true) return;
  for (const name of readdirSync(folder)) {
    const here = path === "" ? name : `${path}/${name}`;
    if (putAt(layout.target, here, join(folder, name), "replace")) continue;
    restoreReplaced(layout, here);
  }
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}

/** Keeps something of the user's below `replaced/`; never over what is kept there already. */
export function putAside(layout: TargetLayout, from: string, path: string): void {
  const areFolders = [from, join(layout.replaced, path)].every(
    (folder) => statOf(folder)?.isDirectory() === true,
  );
  if (areFolders) {
    for (const name of readdirSync(from)) putAside(layout, join(from, name), `${path}/${name}`);
    rmdirSync(from);
    return;
  }
  for (let attempt = 0; ; attempt++) {
    const name = attempt === 0 ? path : `again-${attempt}/${path}`;
    if (putAt(layout.replaced, name, from, "replace")) return;
  }
}

/** Puts aside what is no folder where the folders above `path` should be. A link to a folder is the user's choice. */
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
 * Moves `from` to `path` below `base`, if that is free; with `keep` also over a file that stands there. Never through a
 * link: what lies behind one is not ours to write to.
 */
function putAt(base: string, path: string, from: string, policy: ConflictPolicy): boolean {
  if (!makeRealFolder(base, dirname(path))) return false;
  const to = join(base, path);
  const stat = statOf(to);
  if (stat !== null && (policy === "replace" || stat.isDirectory())) return false;
  if (stat !== null && statOf(from)?.isDirectory() === true) rmSync(to);
  move(from, to);
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
