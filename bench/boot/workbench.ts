import { copyFile, mkdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { makeRepositories, makeStage } from "../../examples/quickstart/make-demo.mjs";
import { run } from "../../scripts/lib/child.mjs";

const root = join(import.meta.dirname, "../..");
const quickstart = join(root, "examples", "quickstart");

/** Everything that the contenders share; made once, kept between benchmarks. */
export interface Workbench {
  readonly origin: string;
  /** The checkout of the demo repository, as an image would carry it. */
  readonly checkout: string;
  /** Folder that holds the checkout. */
  readonly workspace: string;
  readonly stage: string;
  /** The example whose stage, tools and skills are booted. */
  readonly quickstart: string;
  /** Folder with the `node_modules` that the tools need, installed by hand. */
  readonly dependencies: string;
  readonly branch: string;
  readonly agentBinary: string;
  readonly runtime: string;
  /** Puts the checkout back to some commits behind its origin. */
  resetCheckout(): Promise<void>;
  /** An empty folder for one run: its homes, states and reports. */
  freshFolder(name: string): Promise<string>;
}

export async function makeWorkbench(): Promise<Workbench> {
  const folder = join(root, ".sandboot", "bench");
  await makeRepositories(folder);
  await makeStage(folder);
  return {
    origin: join(folder, "origin.git"),
    workspace: join(folder, "workspace"),
    checkout: join(folder, "workspace", "shop"),
    stage: join(folder, "stage"),
    quickstart,
    dependencies: await installDependencies(join(folder, "dependencies")),
    branch: "feature/price-rules",
    agentBinary: join(root, "node_modules", "opencode-linux-x64", "bin", "opencode"),
    runtime: join(root, "packages", "runtime", "dist", "cli.js"),
    resetCheckout: async () => {
      await makeRepositories(folder);
    },
    freshFolder: async (name) => {
      const path = join(folder, "runs", name);
      await rm(path, { recursive: true, force: true });
      await mkdir(path, { recursive: true });
      return path;
    },
  };
}

/** `npm ci` of what the quickstart's tools import, unless it is there from an earlier benchmark. */
async function installDependencies(folder: string): Promise<string> {
  const lockfile = join(quickstart, "package-lock.json");
  const installed = await readFile(join(folder, "installed-lock.json"), "utf8").catch(() => null);
  if (installed === (await readFile(lockfile, "utf8"))) return folder;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await copyFile(join(quickstart, "package.json"), join(folder, "package.json"));
  await copyFile(lockfile, join(folder, "package-lock.json"));
  await run("npm", ["ci", "--omit=dev", "--ignore-scripts", "--loglevel=error"], { cwd: folder });
  await copyFile(lockfile, join(folder, "installed-lock.json"));
  return folder;
}

/** A port of loopback that nobody listens on just now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}

/**
 * The environment of one run: nothing of the caller's own configuration, and a home that no run before has seen.
 * What differs between two contenders is then only what they do.
 */
export function runEnvironment(home: string): Record<string, string> {
  const { PATH = "", LANG = "C.UTF-8", TMPDIR } = process.env;
  return {
    PATH,
    LANG,
    ...(TMPDIR !== undefined && { TMPDIR }),
    HOME: home,
    OPENCODE_DISABLE_MODELS_FETCH: "1",
    OPENCODE_DISABLE_AUTOUPDATE: "1",
  };
}
