import { isOutOfDescriptors } from "./descriptors.ts";
import { readSmallFile, type SmallFile } from "./small-file.ts";

/** Version of the format of `stage.json`. Other versions are refused. */
export const FORMAT_VERSION = 1;

/** File names in a stage. `stage.json` is written last, so a folder without it is not a stage. */
export const STAGE_FILE = "stage.json";
export const LISTING_FILE = "files.json";
export const FILES_FOLDER = "files";

export interface StageEntry {
  /** Path relative to the stage's files, and to the target. */
  readonly path: string;
  readonly kind: "link" | "copy" | "tree";
  /** NAME or NAME=value. */
  readonly gate?: string;
  readonly isolation: "shared" | "private";
  /** The type of the node at `path` in the stage. */
  readonly type: StageFile["type"];
  /** Mode of its files in the target, if the plan gives one. In the stage itself everything is read-only. */
  readonly mode: number | null;
  /** Bytes and number of all its files. */
  readonly bytes: number;
  readonly files: number;
  /** Hash of the paths, modes and contents of its files. */
  readonly sha256: string;
}

/** `stage.json`. It is small, because every boot reads it. */
export interface StageManifest {
  readonly formatVersion: number;
  /** Hash of the sorted entries. */
  readonly id: string;
  readonly stagerVersion: string;
  readonly agentVersion: string | null;
  /** If the plan asks for a catalogue of models: the agent that it was made from, and the providers whose models it has. */
  readonly catalogue?: { readonly agentVersion: string; readonly providers: readonly string[] };
  readonly entries: readonly StageEntry[];
}

/** One row of `files.json`, for `verify`, `inspect` and `diff`. */
export type StageFile =
  | {
      readonly path: string;
      readonly type: "file";
      readonly mode: number;
      readonly bytes: number;
      readonly sha256: string;
    }
  | { readonly path: string; readonly type: "link"; readonly target: string }
  | { readonly path: string; readonly type: "folder" };

/** `files.json` has some two hundred bytes for each file. */
const MOST_BYTES = 256 * 1024 * 1024;

/** A stage cannot be used. Says why, and which path is at fault (C6). */
export class StageUnusable extends Error {
  readonly reason: string;
  readonly path: string;

  constructor(reason: string, path: string) {
    super(`${path}: ${reason}`);
    this.name = "StageUnusable";
    this.reason = reason;
    this.path = path;
  }
}

/**
 * Reads one of a stage's own files, bounded and without waiting.
 *
 * @throws {@link StageUnusable}, and ENFILE or EMFILE when descriptors are used up.
 */
export function readStageFile(path: string): string {
  let file: SmallFile;
  try {
    file = readSmallFile(path, { maxBytes: MOST_BYTES });
  } catch (error) {
    // Then the file may be intact.
    if (isOutOfDescriptors(error)) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new StageUnusable(`it cannot be read (${code})`, path);
  }
  switch (file.id) {
    case "text":
      return file.text;
    case "absent":
      throw new StageUnusable("the file does not exist", path);
    case "unfit":
      throw new StageUnusable(`it ${file.why}`, path);
    default:
      return file satisfies never;
  }
}

/**
 * Parses a `stage.json`. Validated by hand, because loading a schema library would take longer than a whole install.
 *
 * @throws {@link StageUnusable}
 */
export function parseManifest(text: string, path: string): StageManifest {
  let value: StageManifest;
  try {
    value = JSON.parse(text) as StageManifest;
  } catch {
    throw new StageUnusable("it is not JSON: cut off, or damaged", path);
  }
  if (typeof value !== "object" || value === null)
    throw new StageUnusable("it is not a JSON object", path);
  if (value.formatVersion !== FORMAT_VERSION) {
    const found = JSON.stringify(value.formatVersion) ?? "none";
    throw new StageUnusable(`its format version is ${found}, expected ${FORMAT_VERSION}`, path);
  }
  if (
    typeof value.id !== "string" ||
    typeof value.stagerVersion !== "string" ||
    (value.agentVersion !== null && typeof value.agentVersion !== "string") ||
    !isCatalogue(value.catalogue) ||
    !Array.isArray(value.entries) ||
    !value.entries.every(isEntry)
  ) {
    throw new StageUnusable("its id or its entries are invalid", path);
  }
  return value;
}

const KINDS: ReadonlySet<unknown> = new Set<StageEntry["kind"]>(["link", "copy", "tree"]);
const TYPES: ReadonlySet<unknown> = new Set<StageEntry["type"]>(["file", "folder", "link"]);

function isCatalogue(value: StageManifest["catalogue"]): boolean {
  if (value === undefined) return true;
  return (
    typeof value?.agentVersion === "string" &&
    Array.isArray(value.providers) &&
    value.providers.every((id) => typeof id === "string")
  );
}

function isEntry(value: unknown): boolean {
  const entry = value as Partial<StageEntry> | null;
  return (
    typeof entry === "object" &&
    entry !== null &&
    isInside(entry.path) &&
    KINDS.has(entry.kind) &&
    TYPES.has(entry.type) &&
    (entry.mode === null || typeof entry.mode === "number") &&
    typeof entry.bytes === "number" &&
    typeof entry.files === "number" &&
    (entry.gate === undefined || typeof entry.gate === "string")
  );
}

/** Whether a value is a valid row of `files.json`. */
export function isStageFile(value: unknown): value is StageFile {
  const file = value as Partial<Record<string, unknown>> | null;
  if (typeof file !== "object" || file === null || !isInside(file["path"])) return false;
  switch (file["type"]) {
    case "folder":
      return true;
    case "link":
      return typeof file["target"] === "string";
    case "file":
      return (
        typeof file["mode"] === "number" &&
        typeof file["bytes"] === "number" &&
        typeof file["sha256"] === "string"
      );
    default:
      return false;
  }
}

/** Whether a path stays within the target, and is not one of the installer's own. */
export function isInside(path: unknown): path is string {
  if (typeof path !== "string") return false;
  const [first, ...others] = path.split("/");
  if (first === ".sandboot") return false;
  return [first, ...others].every((name) => name !== "" && name !== "." && name !== "..");
}
