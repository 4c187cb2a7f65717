import { cpSync, renameSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { makeFolder } from "../tree/make-folder.ts";
import { removeTree } from "../tree/remove.ts";
import { statOf } from "./identity.ts";
import type { TargetLayout } from "./layout.ts";
import { type Listing, usersPaths } from "./listing.ts";
import { readIfThere, writeWhole } from "./marker.ts";

/** A move by copy whose copy is whole; paths below the target. */
interface Moving {
  readonly from: string;
  readonly beside: string;
  readonly to: string;
}

/**
 * A rename, or where that cannot be (a volume for one folder of a target; a folder of a lower layer of an overlay) a copy
 * beside the place, renamed there. To remove what was copied takes many steps: a note says that only they are left, so
 * that what a kill left of it is not taken for the whole.
 *
 * @see https://docs.kernel.org/filesystems/overlayfs.html#renaming-directories
 */
export function move(layout: TargetLayout, from: string, to: string): void {
  if (renamed(from, to)) return;
  const beside = `${to}.sandboot-part`;
  removeTree(beside);
  cpSync(from, beside, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  const below = (path: string) => relative(layout.target, path);
  const moving: Moving = { from: below(from), beside: below(beside), to: below(to) };
  writeWhole(layout.moving, JSON.stringify(moving));
  finishMove(layout);
}

/** Brings a move to its end that was killed after its copy was whole. */
export function finishMove(layout: TargetLayout): void {
  const text = readIfThere(layout.moving);
  if (text === null) return;
  const moving = parse(text);
  if (moving !== null) {
    const [from, beside, to] = [moving.from, moving.beside, moving.to].map((path) =>
      join(layout.target, path),
    ) as [string, string, string];
    if (statOf(beside) !== null) renameSync(beside, to);
    removeTree(from);
  }
  rmSync(layout.moving);
}

/**
 * Takes a folder of ours out of the way, to `away`: as a whole, or where no rename can only what in it is not ours, and
 * the rest is removed where it stands. It may be done again after a kill.
 *
 * @param ask - For what in it is ours; null when nobody knows.
 */
export function takeAway(
  layout: TargetLayout,
  from: string,
  away: string,
  ask: () => Listing | null,
): void {
  // What is left of an earlier try lies there: the user's, and never renamed over.
  if (statOf(away) === null && renamed(from, away)) return;
  const listing = ask();
  if (listing === null) {
    move(layout, from, away);
    return;
  }
  for (const path of usersPaths(from, listing)) {
    const to = join(away, path);
    makeFolder(dirname(to));
    move(layout, join(from, path), to);
  }
  removeTree(from);
}

/** @returns Whether it could be renamed: not from one file system to another. */
function renamed(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    return false;
  }
}

function parse(text: string): Moving | null {
  try {
    return JSON.parse(text) as Moving;
  } catch {
    // Only a disk that lost what was written makes this.
    return null;
  }
}
