import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const manifest = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));

// npm runs scripts by `sh -c` and signals only that shell: it would die of a SIGTERM and swallow a SIGINT, and what it
// started would live on. `exec` puts our process in its place.
it.each(["start", "test", "dev", "bench"])(
  "npm run %s leaves no shell in the way of signals",
  (name) => {
    expect(manifest.scripts[name]).toBe(`exec node scripts/${name}.mjs`);
  },
);
