import { join } from "node:path";
import { sayLimit } from "../descriptors.ts";
import {
  isStageFile,
  LISTING_FILE,
  parseManifest,
  readStageFile,
  STAGE_FILE,
  type StageFile,
  type StageManifest,
  StageUnusable,
} from "../manifest.ts";

/** A stage as it was built, according to `stage.json` and `files.json`. */
export interface StageContents {
  readonly manifest: StageManifest;
  readonly files: readonly StageFile[];
}

/** @throws {@link StageUnusable} when the folder is not a stage, or has another format. */
export async function readStageContents(stageDir: string): Promise<StageContents> {
  const stage = read(join(stageDir, STAGE_FILE));
  const manifest = parseManifest(stage.text, stage.path);
  const listing = read(join(stageDir, LISTING_FILE));
  let files: unknown;
  try {
    files = JSON.parse(listing.text);
  } catch {
    throw new StageUnusable("it is not JSON: cut off, or damaged", listing.path);
  }
  if (!Array.isArray(files)) throw new StageUnusable("it is not a JSON list", listing.path);
  const invalid = files.findIndex((file) => !isStageFile(file));
  if (invalid >= 0) {
    throw new StageUnusable(`row ${invalid + 1} is invalid`, listing.path);
  }
  return { manifest, files };
}

function read(path: string): { path: string; text: string } {
  try {
    return { path, text: readStageFile(path) };
  } catch (error) {
    throw sayLimit(error);
  }
}
