// `npm run bench -- NAME ARGS`: installs what is missing, builds, and runs bench/NAME/main.ts with ARGS. Without a name it
// lists the benchmarks.
import { join } from "node:path";
import {
  buildPackages,
  ensureDependencies,
  nodeBinary,
  root,
  runScript,
  toolEnvironment,
} from "./bootstrap.mjs";
import { benchmarksIn } from "./lib/benchmarks.mjs";
import { foreground } from "./lib/child.mjs";
import { bold } from "./lib/progress.mjs";

await runScript(async () => {
  const [name, ...args] = process.argv.slice(2);
  const known = benchmarksIn(join(root, "bench"));
  if (name === undefined) {
    const width = Math.max(...known.map((one) => one.name.length));
    const lines = known.map((one) => `  ${bold(one.name.padEnd(width))}  ${one.about}`);
    process.stdout.write(
      `${["npm run bench -- NAME", "", ...lines, "", "What each measures, and its cases: docs/benchmarks.md"].join("\n")}\n`,
    );
    return 0;
  }
  const chosen = known.find((one) => one.name === name);
  if (chosen === undefined) {
    const names = known.map((one) => one.name).join(", ");
    throw new Error(`expected the name of a benchmark (${names}), found "${name}"`);
  }
  await ensureDependencies();
  await buildPackages();
  return foreground(nodeBinary, [chosen.main, ...args], { env: toolEnvironment });
});
