#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// First of all, and in a file of its own: only what is imported after it comes from the cache.
enableCompileCache();

const args = process.argv.slice(2);
// Two bundles (build.mjs): what every command shares is cut into many small files, and a boot would wait for each.
const { run } =
  args[0] === "boot" ? await import("./boot-line.ts") : await import("./command-line.ts");
process.exitCode = await run(args);
