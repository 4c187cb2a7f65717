import { lstat, readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  FILES_FOLDER,
  parseManifest,
  STAGE_FILE,
  type StageEntry,
  type StageManifest,
  StageUnusable,
} from "../manifest.ts";

export interface LegacySource {
  /** File or folder that an image without a stage carries. */
  readonly from: string;
  /** Where it goes in the target. */
  readonly to: string;
}

/** One thing that should stand in the target. */
export interface Wanted {
  readonly path: string;
  /** Where it comes from; null when it should be there and its source is not. */
  readonly source: string | null;
  readonly kind: StageEntry["kind"];
  readonly isolation: StageEntry["isolation"];
  readonly type: StageEntry["type"];
  readonly mode: number;
  readonly bytes: number;
  /** The gate that is closed, when one is. */
  readonly closedGate: string | null;
}

export type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads a stage and looks whether every entry is there.
 *
 * @throws {@link StageUnusable} that says what is wrong, and where (C6).
 */
export async function readStage(
  stageDir: string,
  agentVersion: string | undefined,
): Promise<StageManifest> {
  const path = join(stageDir, STAGE_FILE);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StageUnusable(
      code === "ENOENT" ? "there is no such file" : `it cannot be read (${code})`,
      path,
    );
  }
  const manifest = parseManifest(text, path);
  if (
    agentVersion !== undefined &&
    manifest.agentVersion !== null &&
    manifest.agentVersion !== agentVersion
  ) {
    const reason = `it was made for agent version ${manifest.agentVersion}, and the agent is ${agentVersion}`;
    throw new StageUnusable(reason, path);
  }
  await Promise.all(manifest.entries.map((entry) => checkEntry(entry, stageDir)));
  return manifest;
}

/** Exists is not complete, but it is what a boot has time for: type, and size of a file. `verify` does the rest. */
async function checkEntry(entry: StageEntry, stageDir: string): Promise<void> {
  const path = join(stageDir, FILES_FOLDER, entry.path);
  let stat: Awaited<ReturnType<typeof lstat>>;
  try {
    stat = await lstat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StageUnusable(`stage.json names it and it is not there (${code})`, path);
  }
  const type = stat.isSymbolicLink() ? "link" : stat.isDirectory() ? "folder" : "file";
  if (type !== entry.type)
    throw new StageUnusable(`it should be a ${entry.type} and is a ${type}`, path);
  if (type === "file" && stat.size !== entry.bytes) {
    throw new StageUnusable(`it should have ${entry.bytes} bytes and has ${stat.size}`, path);
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
    closedGate: entry.gate === undefined || isOpen(entry.gate, options.env) ? null : entry.gate,
  }));
}

/** What an image without a usable stage has instead: scattered sources, copied (C6). */
export async function legacyWanted(sources: readonly LegacySource[]): Promise<Wanted[]> {
  return Promise.all(
    sources.map(async ({ from, to }): Promise<Wanted> => {
      const common = { path: to, kind: "tree", isolation: "private", closedGate: null } as const;
      try {
        const stat = await lstat(from);
        const type = stat.isSymbolicLink() ? "link" : stat.isDirectory() ? "folder" : "file";
        return {
          ...common,
          source: from,
          type,
          mode: stat.mode & 0o7777,
          bytes: stat.isFile() ? stat.size : 0,
        };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
        return { ...common, source: null, type: "file", mode: 0, bytes: 0 };
      }
    }),
  );
}

function isOpen(gate: string, env: Env): boolean {
  const at = gate.indexOf("=");
  if (at < 0) return (env[gate] ?? "") !== "";
  return env[gate.slice(0, at)] === gate.slice(at + 1);
}
