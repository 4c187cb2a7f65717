// `npm start`: installs what is missing, builds, makes the demo, and boots it. `npm start -- ARGS` gives ARGS to
// `sandboot boot`.
import { join } from "node:path";
import {
  buildPackages,
  ensureDebianPackages,
  ensureDependencies,
  nodeBinary,
  root,
  runScript,
  toolEnvironment,
} from "./bootstrap.mjs";
import { foreground, stream } from "./lib/child.mjs";

const quickstart = join(root, "examples", "quickstart");

await runScript(async () => {
  await ensureDebianPackages({ git: "git" });
  await ensureDependencies();
  await buildPackages();
  const demo = await stream(nodeBinary, [join(quickstart, "make-demo.mjs")], {
    env: toolEnvironment,
  });
  if (demo !== 0) return demo;
  process.stdout.write("\n");
  const sandboot = join(root, "packages", "runtime", "dist", "cli.js");
  const config = join(quickstart, "sandboot.jsonc");
  return foreground(nodeBinary, [sandboot, "boot", "--config", config, ...process.argv.slice(2)], {
    env: toolEnvironment,
  });
});
