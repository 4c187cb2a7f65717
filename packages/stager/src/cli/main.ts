#!/usr/bin/env node
// An older Node would fail with a syntax error in the bundle, which does not say what to do.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 11)) {
  process.stderr.write(
    `sandboot-stage needs Node 22.11 or later, and this is ${process.version}\n`,
  );
  process.exit(2);
}

const { runStageCommand } = await import("./program.ts");
process.exitCode = await runStageCommand(process.argv.slice(2));
