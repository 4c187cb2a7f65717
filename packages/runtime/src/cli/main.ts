#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// First of all, and in a file of its own: only what is imported after it comes from the cache.
enableCompileCache();

const args = process.argv.slice(2);
const { Workers } = await import("./workers.ts");
await using workers = new Workers();
// A thread takes as long to start as all of our own code to load: it starts first, on another core.
if (args[0] === "boot") workers.start();
const { runCommandLine } = await import("./program.ts");
process.exitCode = await runCommandLine(args, workers);
