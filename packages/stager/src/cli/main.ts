#!/usr/bin/env node
// An older Node would end with the syntax error of some bundle, which tells nobody what to do.
if (Number.parseInt(process.versions.node, 10) < 22) {
  process.stderr.write(`sandboot-stage needs Node 22 or later, and this is ${process.version}\n`);
  process.exit(2);
}

const { runStageCommand } = await import("./program.ts");
process.exitCode = await runStageCommand(process.argv.slice(2));
