import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createStagePool } from "@sandboot/stager";
import { onTestFinished } from "vitest";
import {
  WorkspacePackages,
  type WorkspacePackagesOptions,
} from "../../src/agents/dependencies/workspace-packages.ts";
import type { InSpareTime, PackagesContext } from "../../src/agents/driver.ts";
import { NO_GRACE } from "../../src/process/grace.ts";
import { NpmRegistry, type Published } from "../fixtures/npm-registry.ts";
import { bareEnv } from "./bare-env.ts";
import { type Files, git, writeFiles } from "./git.ts";
import { scratchFolder } from "./scratch.ts";

/** The version of the agent's own package in {@link smallStage}. */
export const PLUGIN_VERSION = "1.18.33";

const packageFiles = (name: string, version: string, first = ""): Files => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, version }),
  [`node_modules/${name}/index.js`]: `${first}module.exports = "${name}@${version} of the stage";\n`,
});

/** A stage's config folder like OpenCode's, of small packages. The agent's own one needs another, and not the two others. */
async function smallStage(folder: string): Promise<string> {
  const path = join(folder, "staged");
  await writeFiles(path, {
    "package-lock.json": "{}",
    ...packageFiles("@opencode-ai/plugin", PLUGIN_VERSION, 'require("zod");\n'),
    ...packageFiles("@opencode-ai/sdk", PLUGIN_VERSION),
    ...packageFiles("zod", "4.1.8"),
    ...packageFiles("effect", "4.0.0"),
  });
  return path;
}

export interface PackagesBenchOptions {
  readonly folder?: string;
  /** OpenCode's config folder of a stage. Default: one of three small packages. */
  readonly staged?: string;
  /** What the registry has. */
  readonly published?: readonly Published[];
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
  /** Shared by several sandboxes. */
  readonly cache?: string;
}

export interface PackagesBench {
  readonly folder: string;
  readonly staged: string;
  readonly registry: NpmRegistry;
  readonly cache: string;
  readonly context: PackagesContext;
  readonly inSpareTime: InSpareTime;
  /** Packages as one boot has them. */
  readonly made: (over?: Partial<WorkspacePackagesOptions>) => WorkspacePackages;
}

/** A sandbox's packages, and a registry on loopback that serves what a test publishes. */
export async function packagesBench(options: PackagesBenchOptions = {}): Promise<PackagesBench> {
  const folder = options.folder ?? (await scratchFolder());
  const staged = options.staged ?? (await smallStage(folder));
  const registry = await NpmRegistry.start(options.published ?? []);
  const pool = createStagePool({ maxThreads: 1 });
  onTestFinished(async () => {
    await pool[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });
  const home = join(folder, "home");
  await mkdir(home, { recursive: true });
  const cache = options.cache ?? join(folder, "cache");
  const context = { signal: new AbortController().signal };
  const made = (over: Partial<WorkspacePackagesOptions> = {}) =>
    new WorkspacePackages({
      leavesWorkspaces: false,
      stagedConfigDir: staged,
      global: { path: join(home, ".config/opencode"), seed: staged },
      privateDir: join(folder, "private"),
      cache: { folder: cache, maxBytes: options.maxBytes ?? 1e9 },
      env: () => ({ ...bareEnv(), npm_config_registry: registry.url }),
      home,
      timeoutMs: options.timeoutMs ?? 60_000,
      wholeAtOnce: false,
      pool,
      grace: NO_GRACE,
      ...over,
    });
  return { folder, staged, registry, cache, context, inSpareTime: (work) => work(pool), made };
}

/** A checkout that tracks these files of its config folder. */
export async function checkoutWith(folder: string, files: Files, name = "repo"): Promise<string> {
  const path = join(folder, name);
  await writeFiles(
    join(path, ".opencode"),
    Object.keys(files).length > 0 ? files : { "command/hello.md": "Hello\n" },
  );
  await git(path, "init", "--quiet", "--initial-branch=main");
  await git(path, "add", "--all", "--force");
  await git(path, "commit", "--quiet", "-m", "a commit");
  return path;
}

export const statusOf = (checkout: string) =>
  git(checkout, "status", "--porcelain", "--untracked-files=all");
