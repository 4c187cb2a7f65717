import { cpSync, renameSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { makeFolder } from "../tree/make-folder.ts";
import { removeTree } from "../tree/remove.ts";
import { statOf } from "./identity.ts";
import type { TargetLayout } from "./layout.ts";
import { type Listing, usersPaths } from "./listing.ts";
import { readIfThere, writeWhole } from "./marker.ts";

/** A move by copy whose copy is complete. Paths are relative to the target. */
interface Moving {
  readonly from: string;
  readonly beside: string;
  readonly to: string;
}

/**
 * Moves a path, by a rename if possible. A rename fails for a volume that holds one folder of a target, and for a folder in a
 * lower layer of an overlay. Then the path is copied beside its destination, and the copy is renamed. Removing the original
 * takes many steps. A file records that only they are left, so that after a kill the remains are not taken for the original.
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

/** Completes a move that was killed after its copy was complete. */
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
 * Moves a folder of ours away, to `away`. When it cannot be renamed, only the user's files in it are moved, and the rest is
 * removed in place. Can be repeated after a kill.
 *
 * @param ask - Returns the list of our files in it; null when it is not known.
 */
export function takeAway(
  layout: TargetLayout,
  from: string,
  away: string,
  ask: () => Listing | null,
): void {
  // If `away` exists, it has the user's files of an earlier attempt, which must not be overwritten.
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

/** @returns false when the rename is impossible, as between file systems. */
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
    // This state occurs only when the disk lost written data.
    return null;
  }
}
