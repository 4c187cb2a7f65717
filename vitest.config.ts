import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** The repository's own tests: its architecture, its scripts, its benchmarks' arithmetic. Packages have their own. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/test-run.ts"],
    // A worker per core: vitest's default leaves one for itself.
    maxWorkers: availableParallelism(),
    // A new process per file costs more CPU than most files.
    isolate: false,
    // Last resorts: the demo's repositories are a hundred commands of git.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 120_000,
  },
});
