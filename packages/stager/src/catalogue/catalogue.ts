import { join } from "node:path";
import { readSmallFile } from "../small-file.ts";

/** The folder of the catalogue, in a stage and in a target. It has two files. */
export const CATALOGUE_FOLDER = "catalogue";
/** For the agent, in its own format (that of https://models.dev/api.json). */
export const MODELS_FILE = "models.json";
/** For the boot, which decides by it whether the agent uses the catalogue. */
export const INDEX_FILE = "index.json";

/** What the boot has to know about a catalogue with some of the agent's providers. */
export interface CatalogueIndex {
  /** The version of the agent that it was made from. */
  readonly agentVersion: string;
  /** The providers whose models it has. */
  readonly providers: readonly string[];
  /** The providers among them that the agent offers when nothing asks for any. */
  readonly unasked: readonly string[];
  /** Every provider that the agent knows, with the environment variables that enable it. */
  readonly known: Readonly<Record<string, readonly string[]>>;
  /** SHA-256 of the file that it was made from; null when it was made from the agent's built-in catalogue. */
  readonly madeFrom: string | null;
}

/**
 * Reads the index of a catalogue. Synchronous, because the agent's start waits for it.
 *
 * @param folder - The catalogue's folder in a stage or in a target.
 * @returns null when there is no catalogue.
 * @throws Error when the file is invalid.
 */
export function readCatalogueIndex(folder: string): CatalogueIndex | null {
  const path = join(folder, INDEX_FILE);
  const file = readSmallFile(path);
  if (file.id === "absent") return null;
  if (file.id === "unfit") throw new Error(`${path} ${file.why}`);
  const value = JSON.parse(file.text) as Partial<CatalogueIndex> | null;
  if (
    typeof value?.agentVersion !== "string" ||
    !isTextList(value.providers) ||
    !isTextList(value.unasked) ||
    typeof value.known !== "object" ||
    value.known === null ||
    !Object.values(value.known).every(isTextList) ||
    (value.madeFrom !== null && typeof value.madeFrom !== "string")
  ) {
    throw new Error(`${path} is not a valid index of a catalogue`);
  }
  return value as CatalogueIndex;
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
