import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, onTestFinished } from "vitest";
import { createStagePool, type StagePool } from "../../src/index.ts";

/** A folder of this test's own, gone when it ends. */
export async function scratchFolder(parent = tmpdir()): Promise<string> {
  const folder = await mkdtemp(join(parent, "stager-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

let pool: StagePool | undefined;

afterAll(async () => {
  await pool?.[Symbol.asyncDispose]();
});

/** Two workers, for all tests of a file: their start is what most tests would wait for. */
export function scratchPool(): StagePool {
  pool ??= createStagePool({ maxThreads: 2 });
  return pool;
}

export const never: AbortSignal = new AbortController().signal;
