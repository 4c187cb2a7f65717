import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["sandboot:source", "node"] },
  ssr: { resolve: { conditions: ["sandboot:source", "node"] } },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["../../test/support/test-run.ts"],
    setupFiles: ["test/support/umask.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 120_000,
  },
});
