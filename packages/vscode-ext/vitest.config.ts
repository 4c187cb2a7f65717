import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const conditions = ["sandboot:source", "node"];
const shared = { resolve: { conditions }, ssr: { resolve: { conditions } } };
/** Of `expect.poll`: a last resort, as every timeout here. */
const expect = { poll: { timeout: 60_000 } };

export default defineConfig({
  test: {
    globalSetup: ["../../test/support/test-run.ts"],
    teardownTimeout: 120_000,
    projects: [
      {
        ...shared,
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts", "test/integration/**/*.test.ts"],
          // A worker per core, and not a new process per file, which costs more CPU than most files.
          maxWorkers: availableParallelism(),
          isolate: false,
          expect,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        ...shared,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          // One browser, one server at a time: the machine may have two cores.
          fileParallelism: false,
          expect,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
