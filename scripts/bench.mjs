// `npm run bench -- NAME ARGS`: installs what is missing, builds, and runs bench/NAME/main.ts with ARGS.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  buildPackages,
  ensureDependencies,
  nodeBinary,
  root,
  runScript,
  toolEnvironment,
} from "./bootstrap.mjs";
import { foreground } from "./lib/child.mjs";

const benches = join(root, "bench");
const mainOf = (name) => join(benches, name, "main.ts");

await runScript(async () => {
  const [name, ...args] = process.argv.slice(2);
  const known = readdirSync(benches).filter((folder) => existsSync(mainOf(folder)));
  if (name === undefined || !known.includes(name)) {
    const found = name === undefined ? "none was named" : `found "${name}"`;
    throw new Error(`expected the name of a benchmark (${known.join(", ")}), ${found}`);
  }
  await ensureDependencies();
  await buildPackages();
  return foreground(nodeBinary, [mainOf(name), ...args], { env: toolEnvironment });
});
