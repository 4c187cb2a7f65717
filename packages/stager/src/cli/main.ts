#!/usr/bin/env node
import { runStageCommand } from "./program.ts";

process.exitCode = await runStageCommand(process.argv.slice(2));
