import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Files that measure their own process, and so need one for themselves. */
const alone = ["test/observe/status/server.test.ts"];

export default defineConfig({
  resolve: { conditions: ["sandboot:source", "node"] },
  ssr: { resolve: { conditions: ["sandboot:source", "node"] } },
  test: {
    globalSetup: ["../../test/support/test-run.ts", "test/support/stage.ts"],
    // Three workers for two cores: these tests mostly wait for programs.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    // A last resort: a boot with the real agent can take a minute where others use the cores.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 120_000,
    expect: { poll: { timeout: 120_000 } },
    projects: [
      {
        extends: true,
        // A new process per file costs more CPU than most files: our modules have no state that a file could leave to the next.
        test: { name: "runtime", include: ["test/**/*.test.ts"], exclude: alone, isolate: false },
      },
      { extends: true, test: { name: "alone", include: alone } },
    ],
  },
});
