#!/usr/bin/env node
// Whole, because an older Node knows no `enableCompileCache` to import by name, and has to get as far as the next lines.
import nodeModule from "node:module";

// An older Node would end with the syntax error of some bundle, which tells nobody what to do.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 11)) {
  process.stderr.write(`sandboot needs Node 22.11 or later, and this is ${process.version}\n`);
  process.exit(2);
}

// In a file of its own: only what is imported after it comes from the cache.
nodeModule.enableCompileCache();

const args = process.argv.slice(2);
// Two bundles (build.mjs): what every command shares is cut into many small files, and a boot would wait for each.
const { run } =
  args[0] === "boot" ? await import("./boot-line.ts") : await import("./command-line.ts");
process.exitCode = await run(args);
