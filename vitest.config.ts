import { defineConfig } from "vitest/config";

/** The repository's own tests: its architecture, its scripts, its benchmarks' arithmetic. Packages have their own. */
export default defineConfig({
  test: { include: ["test/**/*.test.ts"] },
});
