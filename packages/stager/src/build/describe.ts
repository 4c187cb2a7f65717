import { createHash } from "node:crypto";
import { relative } from "node:path";
import {
  FORMAT_VERSION,
  type StageEntry,
  type StageFile,
  type StageManifest,
} from "../manifest.ts";
import { STAGER_VERSION } from "../version.ts";
import type { Filled } from "./fill.ts";

/** What `stage.json` says of what was put into a stage. The same contents give the same id, whoever built them when. */
export function describeStage(
  filled: readonly Filled[],
  agentVersion: string | null,
): StageManifest {
  const entries = filled.map(describeEntry).sort(byPath);
  return {
    formatVersion: FORMAT_VERSION,
    id: stageId(agentVersion, entries),
    stagerVersion: STAGER_VERSION,
    agentVersion,
    entries,
  };
}

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

function describeEntry({ source, files }: Filled): StageEntry {
  const { to: path, kind, isolation, gate, mode } = source;
  const contents = files.filter((file) => file.type === "file");
  return {
    path,
    kind,
    isolation,
    ...(gate !== undefined && { gate }),
    type: files[0]?.type ?? "file",
    mode,
    bytes: contents.reduce((sum, { bytes }) => sum + bytes, 0),
    files: contents.length,
    sha256: entryHash(path, files),
  };
}

export function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : 1;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
