import { afterAll } from "vitest";
import { createStagePool, type StagePool } from "../../src/index.ts";

export { scratchFolder } from "../../../../test/support/scratch.ts";

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
