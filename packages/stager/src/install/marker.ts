import { readFile, rename, writeFile } from "node:fs/promises";
import type { ItemResult } from "../result.ts";
import type { StrategyName } from "../strategies/strategy.ts";

export interface InstalledEntry {
  readonly path: string;
  /** What stood there when we had put it there. */
  readonly identity: string;
  readonly result: ItemResult;
  readonly bytes: number;
  readonly strategy: StrategyName;
  readonly reason: string;
}

/** `installed.json`: what of a target is ours. */
export interface Marker {
  readonly version: 1;
  /** Id of the stage; null after the legacy installer. */
  readonly stageId: string | null;
  /** Everything the plan was made from besides the stage: gates, isolation, policy. Another one is another install. */
  readonly settings: string;
  readonly entries: readonly InstalledEntry[];
  /** Folders that we made for the entries, deepest first: an uninstall takes those that are empty. */
  readonly folders: readonly string[];
}

/** What is installed; null when nothing is, or nothing that can be read. */
export async function readMarker(path: string): Promise<Marker | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  try {
    const value = JSON.parse(text) as Marker;
    return value.version === 1 && Array.isArray(value.entries) ? value : null;
  } catch {
    return null;
  }
}

/** Writes a file so that it is there whole or not at all. */
export async function writeWhole(path: string, content: string): Promise<void> {
  await writeFile(`${path}.part`, content);
  await rename(`${path}.part`, path);
}
