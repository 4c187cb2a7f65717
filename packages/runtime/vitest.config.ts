import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["sandboot:source", "node"] },
  ssr: { resolve: { conditions: ["sandboot:source", "node"] } },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/stage.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
