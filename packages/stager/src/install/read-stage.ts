import { join } from "node:path";
import {
  FILES_FOLDER,
  parseManifest,
  readStageFile,
  STAGE_FILE,
  type StageEntry,
  type StageManifest,
  StageUnusable,
} from "../manifest.ts";
import { stageId } from "../stage-id.ts";
import { statOf } from "./identity.ts";
import type { Env, Wanted } from "./wanted.ts";

/**
 * Reads a stage and checks that every entry exists.
 *
 * @throws {@link StageUnusable} with the reason and the path (C6).
 */
export function readStage(stageDir: string, agentVersion: string | undefined): StageManifest {
  const path = join(stageDir, STAGE_FILE);
  const manifest = parseManifest(readStageFile(path), path);
  const madeFor = manifest.agentVersion;
  if (agentVersion !== undefined && madeFor !== null && madeFor !== agentVersion) {
    const reason = `it was made for agent version ${madeFor}, and the agent is ${agentVersion}`;
    throw new StageUnusable(reason, path);
  }
  if (stageId(manifest.agentVersion, manifest.entries) !== manifest.id) {
    throw new StageUnusable("its entries do not match its id", path);
  }
  for (const entry of manifest.entries) checkEntry(entry, stageDir);
  return manifest;
}

/** Checks existence, type, and the size of a file. A boot has no time for more; `verify` does the rest. */
function checkEntry(entry: StageEntry, stageDir: string): void {
  const path = join(stageDir, FILES_FOLDER, entry.path);
  const stat = statOf(path);
  if (stat === null) throw new StageUnusable("stage.json lists it, but it does not exist", path);
  const type = stat.isSymbolicLink() ? "link" : stat.isDirectory() ? "folder" : "file";
  if (type !== entry.type) {
    throw new StageUnusable(`it should be a ${entry.type}, but is a ${type}`, path);
  }
  if (type === "file" && stat.size !== entry.bytes) {
    throw new StageUnusable(`it should have ${entry.bytes} bytes, but has ${stat.size}`, path);
  }
}

export function wantedOf(
  manifest: StageManifest,
  options: { stageDir: string; env: Env; isolation: StageEntry["isolation"] | undefined },
): Wanted[] {
  return manifest.entries.map((entry) => ({
    path: entry.path,
    source: join(options.stageDir, FILES_FOLDER, entry.path),
    kind: entry.kind,
    isolation: options.isolation ?? entry.isolation,
    type: entry.type,
    mode: entry.mode,
    bytes: entry.bytes,
    ofStage: { files: entry.files, bytes: entry.bytes },
    closedGate: entry.gate === undefined || isOpen(entry.gate, options.env) ? null : entry.gate,
  }));
}

function isOpen(gate: string, env: Env): boolean {
  const at = gate.indexOf("=");
  if (at < 0) return (env[gate] ?? "") !== "";
  return env[gate.slice(0, at)] === gate.slice(at + 1);
}
