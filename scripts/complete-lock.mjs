// After `npm install` against a registry that serves only some platforms: `node scripts/complete-lock.mjs` writes the
// other platforms' packages back into package-lock.json, so that `npm ci` accepts it everywhere.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root, runScript } from "./bootstrap.mjs";
import { completePackages } from "./lib/lockfile.mjs";

await runScript(async () => {
  const path = join(root, "package-lock.json");
  const lock = JSON.parse(await readFile(path, "utf8"));
  const before = Object.keys(lock.packages).length;
  lock.packages = completePackages(lock.packages);
  await writeFile(path, `${JSON.stringify(lock, null, 2)}\n`);
  const added = Object.keys(lock.packages).length - before;
  process.stdout.write(`${added} packages of other platforms added to package-lock.json\n`);
  return 0;
});
