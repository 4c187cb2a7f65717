import { existsSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "../tree/make-folder.ts";
import { removeTree } from "../tree/remove.ts";
import { identityOf, isSame, statOf } from "./identity.ts";
import {
  bringBack,
  type ConflictPolicy,
  clearWay,
  putAside,
  restoreReplaced,
} from "./keep-users.ts";
import { atRest, atWork, type TargetLayout } from "./layout.ts";
import { readListing } from "./listing.ts";
import { type Marker, readIfThere, readMarker, writeWhole } from "./marker.ts";
import { finishMove, move, takeAway } from "./move.ts";

/** One change of the target. */
export type Operation =
  /** Moves `new/<part>` to `path`. */
  | {
      readonly id: "place";
      readonly path: string;
      readonly part: string;
      /** The entry of ours that it replaces. Anything else at the path belongs to the user, and is kept. */
      readonly replaces: Installed | null;
    }
  /** Removes an entry of ours, if it has not been changed. */
  | {
      readonly id: "remove";
      readonly path: string;
      readonly part: string;
      readonly replaces: Installed;
    };

interface Installed {
  readonly identity: string;
  readonly listing: string | null;
}

/**
 * A decided change. Writing this file is the moment of decision: an install that is killed before it leaves the target
 * unchanged; an install that is killed after it is completed by the next installer. Every step can be repeated, and none
 * needs disk space except for folders.
 */
export interface Journal {
  /** Removals come first, because an entry may be placed where another one was. */
  readonly operations: readonly Operation[];
  /** The install that results; null after an uninstall. */
  readonly marker: Marker | null;
  /** Folders that may be empty now, deepest first. */
  readonly folders: readonly string[];
  readonly onConflict: ConflictPolicy;
}

/** The user's files that were kept, as paths below an entry's folder, by the path of the entry. */
export type Kept = ReadonlyMap<string, readonly string[]>;

/** Decides a change and carries it out. */
export function commit(journal: Journal, layout: TargetLayout): Kept {
  if (journal.marker !== null) writeFileSync(layout.nextMarker, JSON.stringify(journal.marker));
  writeWhole(layout.journal, JSON.stringify(journal));
  return carryOut(journal, layout);
}

/** Completes the change that a killed install had decided, and removes everything that it had not decided. */
export function recover(layout: TargetLayout): void {
  const there = namesIn(layout.root).map((name) => join(layout.root, name));
  const isThere = (path: string) => there.includes(path);
  const isAtWork = atWork(layout).some(isThere);
  if (isThere(layout.marker) && !isAtWork) return;
  if (!isAtWork && !atRest(layout).some(isThere)) {
    // An uninstall may have been killed before this last step.
    removeIfEmpty(layout.root);
    return;
  }
  finishMove(layout);
  const text = readIfThere(layout.journal);
  if (text === null) {
    clearWork(layout);
    return;
  }
  const journal = parseJournal(text);
  if (journal !== null) {
    carryOut(journal, layout);
    return;
  }
  // This state occurs only when the disk lost written data. Files that were moved away may be the user's, so they are kept.
  for (const name of namesIn(layout.old)) putAside(layout, join(layout.old, name), `lost/${name}`);
  rmSync(layout.journal);
  clearWork(layout);
}

function parseJournal(text: string): Journal | null {
  try {
    const value = JSON.parse(text) as Journal;
    return Array.isArray(value.operations) ? value : null;
  } catch {
    return null;
  }
}

function carryOut(journal: Journal, layout: TargetLayout): Kept {
  const { operations, marker, folders, onConflict } = journal;
  const kept = new Map<string, readonly string[]>();
  makeFolder(layout.old);
  const removals = operations.filter((operation) => operation.id === "remove");
  for (const operation of removals) {
    remove(operation, layout);
    keepUsers(operation, operation.replaces);
  }
  for (const folder of folders) removeIfEmpty(join(layout.target, folder));
  for (const operation of operations) {
    if (operation.id !== "place") continue;
    place(operation, layout);
    if (operation.replaces !== null) keepUsers(operation, operation.replaces);
  }
  if (marker === null) restoreReplaced(layout);
  finish(marker, layout);
  if (marker === null) for (const folder of folders) removeIfEmpty(join(layout.target, folder));
  return kept;

  function keepUsers({ path, part }: Operation, { listing }: Installed): void {
    const away = join(layout.old, part);
    const names = bringBack(layout, { away, path, listing, policy: onConflict });
    if (names.length > 0) kept.set(path, names);
  }
}

/** Writes the marker as the last step. After that, only work files are left to remove. */
function finish(marker: Marker | null, layout: TargetLayout): void {
  const next = layout.nextMarker;
  if (marker === null) rmSync(layout.marker, { force: true });
  else if (existsSync(next)) renameSync(next, layout.marker);
  rmSync(layout.journal);
  clearWork(layout);
}

function place(operation: Operation & { id: "place" }, layout: TargetLayout): void {
  const fresh = join(layout.fresh, operation.part);
  // If it is gone, an earlier attempt has moved it already.
  if (statOf(fresh) === null) return;
  const target = join(layout.target, operation.path);
  clearWay(layout, operation.path);
  makeFolder(dirname(target));
  const found = identityOf(target);
  if (operation.replaces !== null && isSame(found, operation.replaces.identity)) {
    const { replaces, part } = operation;
    takeAway(layout, target, join(layout.old, part), () => readListing(layout, replaces.listing));
  } else if (found !== null) {
    putAside(layout, target, operation.path);
  }
  move(layout, fresh, target);
}

function remove({ path, part, replaces }: Operation & { id: "remove" }, layout: TargetLayout) {
  const target = join(layout.target, path);
  if (!isSame(identityOf(target), replaces.identity)) return;
  takeAway(layout, target, join(layout.old, part), () => readListing(layout, replaces.listing));
}

/** Removes all work files. Removes our own folder, too, when nothing is installed. */
function clearWork(layout: TargetLayout): void {
  const marker = readMarker(layout.marker);
  const listings = new Set(marker?.entries.map(({ listing }) => listing));
  for (const name of namesIn(layout.listings)) {
    if (!listings.has(name)) rmSync(join(layout.listings, name));
  }
  removeIfEmpty(layout.listings);
  for (const path of atWork(layout)) removeTree(path);
  removeIfEmpty(layout.root);
}

function namesIn(folder: string): string[] {
  return statOf(folder)?.isDirectory() === true ? readdirSync(folder) : [];
}

export function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!["ENOTEMPTY", "ENOENT", "EEXIST", "ENOTDIR"].includes(code)) throw error;
  }
}
