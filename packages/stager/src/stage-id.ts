import { createHash } from "node:crypto";
import { relative } from "node:path";
import type { StageEntry, StageFile } from "./manifest.ts";

/** Hash of the sorted entries and the agent's version. */
export function stageId(agentVersion: string | null, entries: readonly StageEntry[]): string {
  return sha256(JSON.stringify({ agentVersion, entries }));
}

/** Hash of the paths, modes and contents of an entry's files. */
export function entryHash(path: string, files: readonly StageFile[]): string {
  return sha256(
    JSON.stringify(files.map((file) => ({ ...file, path: relative(path, file.path) }))),
  );
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
