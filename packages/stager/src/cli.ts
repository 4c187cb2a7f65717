#!/usr/bin/env node
import { parseArgs } from "node:util";
import { BuildError, buildStage } from "./build.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { plan: { type: "string" }, out: { type: "string" }, json: { type: "boolean" } },
});

const usage = "usage: sandboot-stage build --plan FILE --out FOLDER [--json]\n";

if (positionals[0] !== "build" || values.plan === undefined || values.out === undefined) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  try {
    const manifest = await buildStage({ planFile: values.plan, outDir: values.out });
    const bytes = manifest.entries.reduce((sum, { size }) => sum + size, 0);
    process.stdout.write(
      values.json
        ? `${JSON.stringify(manifest)}\n`
        : `stage ${manifest.id.slice(0, 12)}: ${manifest.entries.length} entries, ${(bytes / 1e6).toFixed(1)} MB in ${values.out}\n`,
    );
  } catch (error) {
    process.stderr.write(
      `sandboot-stage: ${error instanceof BuildError ? error.message : String(error)}\n`,
    );
    process.exitCode = 1;
  }
}
