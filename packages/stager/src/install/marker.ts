import { renameSync, writeFileSync } from "node:fs";
import { isInside } from "../manifest.ts";
import { readSmallFile } from "../small-file.ts";
import type { StrategyName } from "../strategies/strategy.ts";
import { unfinished } from "./layout.ts";
import type { ItemResult } from "./result.ts";

export interface InstalledEntry {
  readonly path: string;
  /** The identity of the path when we had installed it. */
  readonly identity: string;
  readonly result: ItemResult;
  readonly bytes: number;
  readonly strategy: StrategyName;
  readonly reason: string;
  /** For a folder: the name of the list of its files. */
  readonly listing: string | null;
}

/** `installed.json`: the entries in a target that are ours. */
export interface Marker {
  readonly version: 1;
  /** Id of the stage; null when the files do not come from a stage. */
  readonly stageId: string | null;
  /** Everything else that the install depended on. With other settings it must be done again. */
  readonly settings: string;
  readonly entries: readonly InstalledEntry[];
  /** Folders that we created for the entries, deepest first. An uninstall removes those that are empty. */
  readonly folders: readonly string[];
}

/** The present install; null when there is none, or when the marker cannot be read. */
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

/** The text of a file, or null when it does not exist. Something that is not a file has no text. */
export function readIfThere(path: string): string | null {
  const file = readSmallFile(path, { maxBytes: MOST_BYTES });
  switch (file.id) {
    case "text":
      return file.text;
    case "unfit":
      return "";
    case "absent":
      return null;
    default:
      return file satisfies never;
  }
}

/** Some hundred bytes for each entry, and few entries. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Writes a file so that it exists whole or not at all. */
export function writeWhole(path: string, content: string): void {
  writeFileSync(unfinished(path), content);
  renameSync(unfinished(path), path);
}
