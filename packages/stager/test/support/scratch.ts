import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { createStagePool, type StagePool } from "../../src/index.ts";

/** A folder of this test's own, gone when it ends. */
export async function scratchFolder(parent = tmpdir()): Promise<string> {
  const folder = await mkdtemp(join(parent, "stager-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Workers of this test's own. */
export function scratchPool(maxThreads = 2): StagePool {
  const pool = createStagePool({ maxThreads });
  onTestFinished(() => pool[Symbol.asyncDispose]());
  return pool;
}

export const never: AbortSignal = new AbortController().signal;
