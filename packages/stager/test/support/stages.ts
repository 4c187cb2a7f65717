import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildStage, type StagePool } from "../../src/index.ts";
import { never } from "./scratch.ts";
import { type Files, writeFiles } from "./trees.ts";

export interface StageSpec {
  readonly files: Files;
  readonly entries: readonly Record<string, unknown>[];
  readonly agentVersion?: string;
}

/** Builds a stage from files of the test's own; gives back its folder. */
export async function makeStage(pool: StagePool, folder: string, spec: StageSpec): Promise<string> {
  const root = join(folder, "plan");
  await mkdir(root, { recursive: true });
  await writeFiles(root, spec.files);
  const { entries, agentVersion } = spec;
  const planFile = join(root, "stage.plan.json");
  await writeFile(planFile, JSON.stringify({ entries, ...(agentVersion && { agentVersion }) }));
  const outDir = join(folder, "stage");
  await buildStage({ pool, planFile, outDir, signal: never });
  return outDir;
}
