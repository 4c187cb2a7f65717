import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../base/folder.ts";
import type { MissingPackage } from "../driver.ts";
import type { DependencyCache } from "./cache.ts";
import { allWanted, type Declared, isEmpty, KINDS, PLUGIN_PACKAGE } from "./declared.ts";
import { isOurLock } from "./link.ts";
import { blamed, type NpmOptions, type NpmOutcome, npmInstall } from "./npm.ts";

export interface Installed {
  /** A cache entry's `node_modules`; null when nothing could be installed. */
  readonly nodeModules: string | null;
  readonly missing: readonly MissingPackage[];
  /** npm's last lines, when it failed. */
  readonly lines: readonly string[];
}

export interface InstallOptions extends Omit<NpmOptions, "folder"> {
  readonly cache: DependencyCache;
  /** The version of OpenCode's own package that the workspace will have. */
  readonly pluginVersion: string;
}

/** Each time that npm blames one package, it is asked again without that one. */
const MOST_BLAMED = 5;

/** Where npm finds the stand-in for OpenCode's own package. */
const STAND_IN = `agent/${PLUGIN_PACKAGE}`;

/**
 * Has npm install what a config folder declares beside OpenCode's own package, into the cache. A package that npm cannot
 * have is left out and named; the others are installed.
 */
export async function installDeclared(
  declared: Declared,
  options: InstallOptions,
): Promise<Installed> {
  const deadlineMs = performance.now() + options.timeoutMs;
  const missing: MissingPackage[] = [];
  let { wanted } = declared;
  let lines: readonly string[] = [];
  while (!isEmpty(wanted)) {
    const outcome = await installOnce({ ...declared, wanted }, options, deadlineMs);
    if (typeof outcome === "string") return { nodeModules: outcome, missing, lines };
    lines = outcome.lines;
    const entries = allWanted(wanted);
    const culprit = blamed(
      lines,
      entries.map(([name]) => name),
    );
    const { why } = outcome;
    const given = entries.filter(([name]) => culprit === null || name === culprit);
    missing.push(...given.map(([name, spec]) => ({ name, spec, why })));
    if (culprit === null || missing.length >= MOST_BLAMED) break;
    wanted = without(wanted, culprit);
  }
  return { nodeModules: null, missing, lines };
}

/** @returns The entry's `node_modules`, or why npm failed. */
async function installOnce(
  declared: Declared,
  options: InstallOptions,
  deadlineMs: number,
): Promise<string | Extract<NpmOutcome, { id: "failed" }>> {
  const { cache, pluginVersion, signal } = options;
  const key = keyOf(declared, pluginVersion);
  let failure: Extract<NpmOutcome, { id: "failed" }> | null = null;
  const make = async (folder: string) => {
    await writeProject(folder, declared, pluginVersion);
    const timeoutMs = Math.max(1, deadlineMs - performance.now());
    const outcome = await npmInstall({ ...options, folder, timeoutMs });
    if (outcome.id === "failed") failure = outcome;
    else await keepOnlyModules(folder);
    return outcome.id === "installed";
  };
  const entry = cache.find(key) ?? (await cache.add(key, make, signal));
  if (entry !== null) return join(entry, "node_modules");
  return failure ?? { id: "failed", why: "installed nothing", lines: [] };
}

/** Everything that decides what npm installs. */
function keyOf({ wanted, overrides, lock }: Declared, pluginVersion: string): string {
  const libc = existsSync("/etc/alpine-release") ? "musl" : "glibc";
  const facts = {
    format: 1,
    machine: [process.platform, process.arch, libc],
    pluginVersion,
    wanted: KINDS.map((kind) => Object.entries(wanted[kind]).sort(([a], [b]) => (a < b ? -1 : 1))),
    overrides,
    lock: lock.id === "present" && !isOurLock(lock.lock.name) ? lock.text : null,
  };
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex").slice(0, 32);
}

/**
 * A project for npm: the declared packages, and a stand-in of OpenCode's own package, so that npm fetches neither it nor
 * what it needs, also not for a package that has it as a peer.
 */
async function writeProject(
  folder: string,
  { wanted, overrides, lock }: Declared,
  pluginVersion: string,
): Promise<void> {
  const own = { [PLUGIN_PACKAGE]: `file:${STAND_IN}` };
  const dependencies = { ...wanted.dependencies, ...own };
  const root = { ...wanted, dependencies };
  const manifest = { private: true, ...root, ...(overrides !== null && { overrides }) };
  makeFolder(join(folder, STAND_IN));
  const standIn = { name: PLUGIN_PACKAGE, version: pluginVersion };
  await writeFile(join(folder, STAND_IN, "package.json"), JSON.stringify(standIn));
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  if (lock.id === "absent" || isOurLock(lock.lock.name)) return;
  const { [""]: _, ...entries } = lock.lock.packages;
  const kept = Object.entries(entries).filter(([path]) => !isOfPlugin(path));
  // A lockfile of npm 6 or older has no such entries, and says nothing that npm would not have to ask the registry for.
  if (kept.length === 0) return;
  const packages = {
    "": root,
    ...Object.fromEntries(kept),
    [`node_modules/${PLUGIN_PACKAGE}`]: { resolved: STAND_IN, link: true },
    [STAND_IN]: { version: pluginVersion },
  };
  const text = JSON.stringify({ lockfileVersion: 3, requires: true, packages });
  await writeFile(join(folder, "package-lock.json"), text);
}

function isOfPlugin(path: string): boolean {
  const own = `node_modules/${PLUGIN_PACKAGE}`;
  return path === own || path.startsWith(`${own}/`);
}

/** Takes away all that npm worked with, and the link to the stand-in. */
async function keepOnlyModules(folder: string): Promise<void> {
  const modules = join(folder, "node_modules");
  makeFolder(modules);
  const gone = ["agent", "package.json", "package-lock.json"].map((name) => join(folder, name));
  gone.push(join(modules, ".package-lock.json"), join(modules, PLUGIN_PACKAGE));
  await Promise.all(gone.map((path) => rm(path, { recursive: true, force: true })));
  // Fails when there are other packages of that scope.
  await rmdir(join(modules, PLUGIN_PACKAGE.split("/")[0] ?? "")).catch(() => {});
}

function without(wanted: Declared["wanted"], name: string): Declared["wanted"] {
  const less = (kind: (typeof KINDS)[number]) => {
    const { [name]: _, ...rest } = wanted[kind];
    return rest;
  };
  return {
    dependencies: less("dependencies"),
    devDependencies: less("devDependencies"),
    peerDependencies: less("peerDependencies"),
    optionalDependencies: less("optionalDependencies"),
  };
}
