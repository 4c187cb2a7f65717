// `npm run release:try`: what npm would publish, in the hands of somebody who has nothing else. On Node 22 and 24, an empty
// project installs the two tarballs of release/ by npm, compiles and imports each entry, builds a stage and boots the demo.
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeRepositories } from "../examples/quickstart/make-demo.mjs";
import { ensureDependencies, root, runScript } from "./bootstrap.mjs";
import { run } from "./lib/child.mjs";
import { step } from "./lib/progress.mjs";

const LINES = ["22", "24"];
const release = join(root, "release");

/** @returns {Promise<string[]>} */
async function tarballs() {
  const names = await readdir(release).catch(() => []);
  const found = names.filter((name) => name.endsWith(".tgz"));
  if (found.length === 0) throw new Error("release/ has no packages: npm run release:pack first");
  return found.map((name) => join(release, name));
}

/** Every name that the packages export, but for JSON and a thread's program. */
async function entries() {
  const packages = await Promise.all(
    ["runtime", "stager"].map(async (folder) => {
      const path = join(root, "packages", folder, "package.json");
      const { name, exports } = JSON.parse(await readFile(path, "utf8"));
      return Object.keys(exports).map((entry) => name + entry.slice(1));
    }),
  );
  return packages.flat().filter((entry) => !/schema$|worker$/.test(entry));
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The configuration of the demo, in a folder of its own and without names of this repository's folders. */
async function demoConfig(folder) {
  return {
    mode: "repo_image",
    stateDir: join(folder, "state"),
    workspace: join(folder, "workspace"),
    repositories: [
      { name: "shop", url: join(folder, "origin.git"), branch: "feature/price-rules" },
    ],
    stage: { dir: join(folder, "stage") },
    agent: {
      command: [join(root, "node_modules/opencode-linux-x64/bin/opencode")],
      home: join(folder, "home"),
      port: await freePort(),
    },
    bridge: { port: await freePort() },
  };
}

/** @param {string} line of Node @param {string} project an empty folder */
async function tryOn(line, project) {
  const path = `${join(project, "node_modules/.bin")}:${process.env.PATH}`;
  const options = { cwd: project, env: { ...process.env, PATH: path } };
  const opencode = join(root, "node_modules/opencode-linux-x64/bin");
  await writeFile(join(project, "package.json"), '{ "private": true, "type": "module" }\n');
  await step(`Node ${line}: install`, async (note) => {
    const wanted = [...(await tarballs()), `node@${line}`, "typescript", "@types/node@22"];
    await run(
      "npm",
      ["install", "--no-audit", "--no-fund", "--loglevel=error", ...wanted],
      options,
    );
    note((await run("node", ["--version"], options)).trim());
  });
  await step(`Node ${line}: every entry, with its types`, async (note) => {
    const names = await entries();
    const imports = names.map((name, at) => `import * as entry${at} from "${name}";`);
    const all = `export const all: object[] = [${names.map((_, at) => `entry${at}`).join(", ")}];`;
    await writeFile(join(project, "user.ts"), [...imports, all, ""].join("\n"));
    await run(
      "tsc",
      [
        "--strict",
        "--module",
        "nodenext",
        "--target",
        "es2024",
        "--lib",
        "es2024,esnext.disposable",
        "--types",
        "node",
        "user.ts",
      ],
      options,
    );
    await run("node", ["user.js"], options);
    note(`${names.length} of them`);
  });
  await step(`Node ${line}: the demo`, async (note) => {
    const demo = join(project, "demo");
    await mkdir(demo);
    await makeRepositories(demo);
    const plan = join(root, "examples/quickstart/stage.plan.json");
    const withAgent = { ...options, env: { ...options.env, PATH: `${path}:${opencode}` } };
    await run("sandboot-stage", ["build", "--plan", plan, "--out", join(demo, "stage")], withAgent);
    const config = join(demo, "sandboot.json");
    await writeFile(config, JSON.stringify(await demoConfig(demo)));
    const report = join(demo, "boot.json");
    await run(
      "sandboot",
      ["boot", "--config", config, "--until", "ready", "--report", report],
      options,
    );
    const { outcome, readyMs, stage } = JSON.parse(await readFile(report, "utf8"));
    note(`${outcome} in ${(readyMs / 1000).toFixed(2)} s, ${stage.items.length} staged items`);
  });
}

await runScript(async () => {
  await ensureDependencies();
  for (const line of LINES) {
    const project = await mkdtemp(join(tmpdir(), "sandboot-consumer-"));
    try {
      await tryOn(line, project);
    } finally {
      await rm(project, { recursive: true, force: true });
    }
  }
  return 0;
});
