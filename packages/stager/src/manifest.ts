/** Version of `stage.json`; a reader refuses another. */
export const FORMAT_VERSION = 1;

export interface ManifestEntry {
  /** Path in the stage and in the target. */
  readonly path: string;
  readonly kind: "link" | "copy" | "tree";
  readonly gate?: string;
  readonly isolation: "shared" | "private";
  readonly mode: number;
  /** Bytes, of all files below it. */
  readonly size: number;
  readonly files: number;
  /** Of its content; of a folder over the sorted paths, modes and contents below it. */
  readonly sha256: string;
}

/** `stage.json`: what a stage holds, written last. */
export interface Manifest {
  readonly formatVersion: number;
  /** Hash over the sorted entries. */
  readonly id: string;
  readonly stagerVersion: string;
  readonly agentVersion: string | null;
  readonly entries: readonly ManifestEntry[];
}

/** Below the stage's folder. */
export const MANIFEST_FILE = "stage.json";
export const FILES_FOLDER = "files";

/** Why a stage cannot be used, and where. */
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
 * Reads the text of a `stage.json`. Checked by hand: a schema library would cost more of a boot than the whole install.
 *
 * @throws {@link StageUnusable}
 */
export function parseManifest(text: string, path: string): Manifest {
  let value: Manifest;
  try {
    value = JSON.parse(text) as Manifest;
  } catch {
    throw new StageUnusable("it is not JSON (a build that was cut off?)", path);
  }
  if (typeof value !== "object" || value === null) throw new StageUnusable("it is no object", path);
  if (value.formatVersion !== FORMAT_VERSION) {
    throw new StageUnusable(
      `its format is version ${String(value.formatVersion)}, this sandboot reads version ${FORMAT_VERSION}`,
      path,
    );
  }
  if (typeof value.id !== "string" || !Array.isArray(value.entries)) {
    throw new StageUnusable("it has no id or no entries", path);
  }
  return value;
}
