import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["sandboot:source", "node"] },
  ssr: { resolve: { conditions: ["sandboot:source", "node"] } },
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
