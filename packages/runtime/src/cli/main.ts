#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// First of all, and in a file of its own: only what is imported after it comes from the cache.
enableCompileCache();

const { runCommandLine } = await import("./program.ts");
process.exitCode = await runCommandLine(process.argv.slice(2));
