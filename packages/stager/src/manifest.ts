import { isOutOfDescriptors } from "./descriptors.ts";

/** Version of `stage.json`; a reader refuses another. */
export const FORMAT_VERSION = 1;

/** Names below a stage's folder. `stage.json` is written last: a folder without it is no stage. */
export const STAGE_FILE = "stage.json";
export const LISTING_FILE = "files.json";
export const FILES_FOLDER = "files";

export interface StageEntry {
  /** Path below the stage's files, and below the target. */
  readonly path: string;
  readonly kind: "link" | "copy" | "tree";
  /** NAME or NAME=value. */
  readonly gate?: string;
  readonly isolation: "shared" | "private";
  /** `file`, `folder` or `link`: what lies at `path` in the stage. */
  readonly type: StageFile["type"];
  /** Mode of its files in the target, when the plan says one; in the stage itself everything is read-only. */
  readonly mode: number | null;
  /** Bytes and number of all files below it. */
  readonly bytes: number;
  readonly files: number;
  /** Over its files' paths, modes and contents. */
  readonly sha256: string;
}

/** `stage.json`: small, because every boot reads it. */
export interface StageManifest {
  readonly formatVersion: number;
  /** Hash over the sorted entries. */
  readonly id: string;
  readonly stagerVersion: string;
  readonly agentVersion: string | null;
  /** Of the catalogue of models, when the plan asked for one: the agent that it was made from, and whose models it holds. */
  readonly catalogue?: { readonly agentVersion: string; readonly providers: readonly string[] };
  readonly entries: readonly StageEntry[];
}

/** One row of `files.json`, which `verify`, `inspect` and `diff` read. */
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

/** Why a stage cannot be used, and where (C6). */
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

/** What an error of reading one of a stage's own files says of the stage. @returns what is to be thrown. */
export function unreadable(error: unknown, path: string): unknown {
  // It says nothing of the file.
  if (isOutOfDescriptors(error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  const isMissing = code === "ENOENT" || code === "ENOTDIR";
  return new StageUnusable(
    isMissing ? "there is no such file" : `it cannot be read (${code})`,
    path,
  );
}

/**
 * Reads the text of a `stage.json`. Checked by hand: a schema library would cost a boot more than the whole install.
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
    throw new StageUnusable("it holds no object", path);
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
    throw new StageUnusable("its id or its entries are not as expected", path);
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

/** Whether a row of `files.json` is one. */
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

/** A path that stays in the target, and is none of the installer's own. */
export function isInside(path: unknown): path is string {
  if (typeof path !== "string") return false;
  const [first, ...others] = path.split("/");
  if (first === ".sandboot") return false;
  return [first, ...others].every((name) => name !== "" && name !== "." && name !== "..");
}
