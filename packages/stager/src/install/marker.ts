import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { isInside } from "../manifest.ts";
import type { StrategyName } from "../strategies/strategy.ts";
import { unfinished } from "./layout.ts";
import type { ItemResult } from "./result.ts";

export interface InstalledEntry {
  readonly path: string;
  /** What stood there when we had put it there. */
  readonly identity: string;
  readonly result: ItemResult;
  readonly bytes: number;
  readonly strategy: StrategyName;
  readonly reason: string;
  /** Name of the list of what we put into it, when it is a folder. */
  readonly listing: string | null;
}

/** `installed.json`: what of a target is ours. */
export interface Marker {
  readonly version: 1;
  /** Id of the stage; null when the files came from no stage. */
  readonly stageId: string | null;
  /** Everything the install was made from besides the stage. Another one is another install. */
  readonly settings: string;
  readonly entries: readonly InstalledEntry[];
  /** Folders that we made for the entries, deepest first: an uninstall takes those that are empty. */
  readonly folders: readonly string[];
}

/** What is installed; null when nothing is, or nothing that can be read. */
export function readMarker(path: string): Marker | null {
  const text = readIfThere(path);
  if (text === null) return null;
  try {
    const value = JSON.parse(text) as Marker;
    return isMarker(value) ? value : null;
  } catch {
    return null;
  }
}

function isMarker(value: Partial<Marker> | null): boolean {
  return (
    value?.version === 1 &&
    Array.isArray(value.entries) &&
    value.entries.every(isInstalled) &&
    Array.isArray(value.folders) &&
    value.folders.every((folder) => folder === "." || isInside(folder))
  );
}

function isInstalled(entry: Partial<InstalledEntry> | null): boolean {
  return (
    isInside(entry?.path) &&
    typeof entry?.identity === "string" &&
    (entry.listing === null || isInside(entry.listing))
  );
}

/** The text of a file, or null when it is not there. */
export function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
}

/** Writes a file so that it is there whole or not at all. */
export function writeWhole(path: string, content: string): void {
  writeFileSync(unfinished(path), content);
  renameSync(unfinished(path), path);
}
