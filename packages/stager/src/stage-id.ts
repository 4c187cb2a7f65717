import { createHash } from "node:crypto";
import { relative } from "node:path";
import type { StageEntry, StageFile } from "./manifest.ts";

/** Hash over the sorted entries, and whom they are for. */
export function stageId(agentVersion: string | null, entries: readonly StageEntry[]): string {
  return sha256(JSON.stringify({ agentVersion, entries }));
}

/** Hash over an entry's files: paths, modes, contents. */
export function entryHash(path: string, files: readonly StageFile[]): string {
  return sha256(
    JSON.stringify(files.map((file) => ({ ...file, path: relative(path, file.path) }))),
  );
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
