import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["sandboot:source", "node"] },
  ssr: { resolve: { conditions: ["sandboot:source", "node"] } },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["../../test/support/test-run.ts", "test/support/stage.ts"],
    // A worker per core: vitest's default leaves one for itself, and these tests mostly wait for programs.
    maxWorkers: availableParallelism(),
    // A last resort: a boot with the real agent can take half a minute where others use the cores.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
