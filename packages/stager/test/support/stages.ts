import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildStage, type StageManifest, type StagePool } from "../../src/index.ts";
import { never } from "./scratch.ts";
import { type Files, writeFiles } from "./trees.ts";

export interface StageSpec {
  readonly files: Files;
  readonly entries: readonly Record<string, unknown>[];
  readonly npm?: readonly Record<string, unknown>[];
  readonly agent?: Readonly<Record<string, unknown>>;
  readonly agentVersion?: string;
}

/** Writes a plan and its files. @returns The plan's path. */
export async function writePlan(folder: string, spec: StageSpec): Promise<string> {
  const { files, ...plan } = spec;
  await mkdir(folder, { recursive: true });
  await writeFiles(folder, files);
  const planFile = join(folder, "stage.plan.json");
  await writeFile(planFile, JSON.stringify(plan));
  return planFile;
}

/** Writes a plan and its files, and builds the stage. @returns Its folder. */
export async function makeStage(pool: StagePool, folder: string, spec: StageSpec): Promise<string> {
  const planFile = await writePlan(join(folder, "plan"), spec);
  const outDir = join(folder, "stage");
  await build(pool, planFile, outDir);
  return outDir;
}

export function build(pool: StagePool, planFile: string, outDir: string): Promise<StageManifest> {
  return buildStage({ pool, planFile, outDir, signal: never });
}
