import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["sandboot:source", "node"] },
  ssr: { resolve: { conditions: ["sandboot:source", "node"] } },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["../../test/support/test-run.ts"],
    setupFiles: ["test/support/umask.ts"],
    // Three workers for two cores: these tests mostly wait for programs.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    // A last resort: a test that takes ten seconds takes minutes where others use the cores.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 120_000,
  },
});
