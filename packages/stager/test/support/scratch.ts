import { afterAll } from "vitest";
import { createStagePool, type StagePool } from "../../src/index.ts";

export { scratchFolder } from "../../../../test/support/scratch.ts";

let pool: StagePool | undefined;

afterAll(async () => {
  await pool?.[Symbol.asyncDispose]();
});

/** A pool with two workers for all tests of a file, because starting workers takes most of a test's time. */
export function scratchPool(): StagePool {
  pool ??= createStagePool({ maxThreads: 2 });
  return pool;
}

export const never: AbortSignal = new AbortController().signal;
