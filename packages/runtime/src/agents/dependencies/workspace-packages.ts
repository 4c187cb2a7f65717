import { createHash } from "node:crypto";
import { accessSync, constants } from "node:fs";
import { join, resolve } from "node:path";
import type { StagePool } from "@sandboot/stager";
import type { HeldFolder } from "@sandboot/stager/held-folder";
import { messageOf } from "../../base/failed.ts";
import { readText } from "../../base/text-file.ts";
import { Turns } from "../../base/turns.ts";
import type { Grace } from "../../process/grace.ts";
import { hideFromGit } from "../../workspace/git/exclude.ts";
import type {
  AgentPackages,
  InSpareTime,
  LinkedPackages,
  MissingPackage,
  PackagesContext,
} from "../driver.ts";
import { DependencyCache } from "./cache.ts";
import {
  allWanted,
  type Declared,
  isEmpty,
  isInStep,
  MOST_LOCK_BYTES,
  PLUGIN_PACKAGE,
  readDeclared,
} from "./declared.ts";
import { essentialPackages, mentionedPackages } from "./essential.ts";
import { type Checkout, findConfigFolder, isBelow } from "./folders.ts";
import { type Installed, installDeclared } from "./install.ts";
import { isOurLock, PackageLinks } from "./link.ts";
import { type PackageTree, readPackageTree, versionOf } from "./package-tree.ts";
import { type CopyOptions, type PrivateTree, PrivateTrees } from "./private-trees.ts";
import { isWithin } from "./version-range.ts";

export interface WorkspacePackagesOptions {
  /** OpenCode's config folder in the installed stage. */
  readonly stagedConfigDir: string;
  /** Where this sandbox keeps its own copies. */
  readonly privateDir: string;
  readonly cache: { readonly folder: string; readonly maxBytes: number };
  /** What npm gets. */
  readonly env: Readonly<Record<string, string>>;
  readonly home: string;
  /** Milliseconds for npm, for one config folder. */
  readonly timeoutMs: number;
  /** Copy all of the agent's packages before anything is linked: nobody waits for it. */
  readonly wholeAtOnce: boolean;
  readonly pool: StagePool;
  readonly grace: Grace;
}

interface Staged {
  readonly tree: PackageTree;
  readonly pluginVersion: string;
}

/** Trees that a config folder is linked to. */
interface Provided {
  readonly agent: PackageTree;
  /** Whether `agent` has all of the stage's packages, and not only those that the session needs. */
  readonly agentIsWhole: boolean;
  readonly extra: PackageTree | null;
  readonly missing: readonly MissingPackage[];
}

const CONFIG_FOLDER = ".opencode";

/**
 * The packages of OpenCode's config folders in workspaces. OpenCode installs them by npm at the first request, and
 * everything that needs a tool waits for that. So they are prepared beside the agent's start, outside every workspace, and
 * linked when the hooks have ended (docs/decisions/0010-repository-packages.md).
 *
 * What a repository declares decides what is prepared. Preparing before the hooks is speculation: what is linked is decided
 * by what they left.
 */
export class WorkspacePackages implements AgentPackages {
  readonly #options: WorkspacePackagesOptions;
  readonly #trees: PrivateTrees;
  readonly #cache: DependencyCache;
  readonly #turns = new Turns();
  readonly #installed = new Map<string, Promise<Installed & { readonly identity: string }>>();
  /** Workspaces that are linked to a part of the agent's packages. */
  readonly #partial = new Set<string>();

  constructor(options: WorkspacePackagesOptions) {
    this.#options = options;
    this.#trees = new PrivateTrees(options.privateDir);
    this.#cache = new DependencyCache(options.cache.folder, options.cache.maxBytes);
  }

  prepareAgent({ signal }: PackagesContext): Promise<void> {
    return this.#copyAgent({ pool: this.#options.pool, signal });
  }

  async prepare(directory: string, context: PackagesContext): Promise<void> {
    const found = findConfigFolder(directory, CONFIG_FOLDER);
    if (found.id !== "found") return;
    using folder = found.folder;
    const declared = readDeclared(folder);
    if (declared.id === "read") await this.#provide(folder, declared.declared, context);
  }

  /** Links what the config folder declares now into it, out of git's sight. */
  async link(directory: string, context: PackagesContext): Promise<LinkedPackages> {
    const path = join(directory, CONFIG_FOLDER);
    const found = findConfigFolder(directory, CONFIG_FOLDER);
    if (found.id === "absent") return plain(path, "absent", "the workspace has no such folder");
    if (found.id === "refused") return untouched(path, found.why);
    using folder = found.folder;
    if (!isWritable(folder)) {
      return plain(path, "kept", "it cannot be written, and OpenCode installs nothing there");
    }
    const read = readDeclared(folder);
    if (read.id === "unfit") return untouched(path, `${read.file} ${read.why}`);
    const { declared } = read;
    const provided = await this.#provide(folder, declared, context);
    if (provided === null) return plain(path, "kept", "the stage brings no node_modules");
    context.signal.throwIfAborted();
    if (provided.agentIsWhole) this.#partial.delete(directory);
    else this.#partial.add(directory);
    try {
      return linkInto(path, { folder, checkout: found.checkout, declared, provided });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      return untouched(path, messageOf(error));
    }
  }

  async complete(context: PackagesContext, inSpareTime: InSpareTime): Promise<number> {
    const { signal } = context;
    const partial = [...this.#partial];
    if (partial.length > 0) await inSpareTime((pool) => this.#copyAgent({ pool, signal }));
    for (const directory of partial) await this.link(directory, context);
    await this.#trees.sweep();
    return partial.length;
  }

  async #copyAgent(options: CopyOptions): Promise<void> {
    const staged = this.#staged();
    if (staged !== null) await this.#agentTree(staged, null, options);
  }

  async #provide(
    folder: HeldFolder,
    declared: Declared,
    context: PackagesContext,
  ): Promise<Provided | null> {
    const options = { pool: this.#options.pool, signal: context.signal };
    const staged = this.#staged();
    if (staged === null) return null;
    const mentioned = this.#options.wholeAtOnce ? null : mentionedPackages(folder, staged.tree);
    // Most repositories have tools that import nothing: their session needs no package at all.
    const names = declared.declaresNothing ? [] : declared.names;
    const essential = mentioned && essentialPackages(staged.tree, [...names, ...mentioned]);
    const [agent, { nodeModules, missing, identity }] = await Promise.all([
      this.#agentTree(staged, essential, options),
      this.#installOnce(declared, staged, context),
    ]);
    const installed = nodeModules === null ? null : readPackageTree(nodeModules);
    return {
      agent,
      agentIsWhole: agent.packages.size === staged.tree.packages.size,
      extra: installed && (await this.#trees.of(installed, identity, null, options)),
      missing: [...missing, ...Object.entries(declared.foreign).map(asForeign)],
    };
  }

  /** The stage's tree; null when it has none with the agent's own package. */
  #staged(): Staged | null {
    const { stagedConfigDir } = this.#options;
    const tree = readPackageTree(join(stagedConfigDir, "node_modules"));
    const pluginVersion = tree && versionOf(tree, PLUGIN_PACKAGE);
    return tree === null || pluginVersion === null ? null : { tree, pluginVersion };
  }

  /** One at a time: two folders want the same, and the second then finds it. */
  #agentTree(
    { tree, pluginVersion }: Staged,
    only: ReadonlySet<string> | null,
    options: CopyOptions,
  ): Promise<PrivateTree> {
    const identity = lockOf(this.#options.stagedConfigDir) ?? pluginVersion;
    return this.#turns.take(() => this.#trees.of(tree, identity, only, options));
  }

  /** A second call for the same declarations gives the first one's answer, also when npm could not have a package. */
  #installOnce(
    declared: Declared,
    staged: Staged,
    context: PackagesContext,
  ): Promise<Installed & { readonly identity: string }> {
    const key = createHash("sha256").update(JSON.stringify(declared)).digest("hex");
    const earlier = this.#installed.get(key);
    if (earlier !== undefined) return earlier;
    const installed = this.#install(declared, staged, context);
    this.#installed.set(key, installed);
    // Stopped, or no disk: the next one tries again.
    installed.catch(() => this.#installed.delete(key));
    return installed;
  }

  async #install(
    declared: Declared,
    { tree: staged, pluginVersion }: Staged,
    { signal, line }: PackagesContext,
  ): Promise<Installed & { readonly identity: string }> {
    if (isEmpty(declared.wanted) || isSatisfiedBy(staged, declared)) {
      return { nodeModules: null, missing: [], lines: [], identity: "" };
    }
    const { env, home, timeoutMs, grace } = this.#options;
    const installed = await installDeclared(declared, {
      cache: this.#cache,
      pluginVersion,
      env,
      home,
      timeoutMs,
      signal,
      grace,
      ...(line && { onLine: line }),
    });
    // An entry of the cache never changes.
    return { ...installed, identity: installed.nodeModules ?? "" };
  }
}

interface LinkParts {
  readonly folder: HeldFolder;
  readonly checkout: Checkout | null;
  readonly declared: Declared;
  readonly provided: Provided;
}

function linkInto(path: string, parts: LinkParts): LinkedPackages {
  const { folder, checkout, declared, provided } = parts;
  const { lock } = declared;
  const hasOwnLock = lock.id === "present" && !isOurLock(lock.lock.name);
  const { packages, missing } = packagesFor(parts);
  const links = new PackageLinks(folder, {
    packages,
    required: new Set(declared.names),
    lock: hasOwnLock ? null : rootOf(declared),
    offline: hasOwnLock && !isInStep(declared),
  });
  if (checkout !== null) {
    const names = links.names().map((name) => join(checkout.path, name));
    const hidden = hideFromGit(checkout.top, names, "sandboot: packages of the agent, linked");
    if (hidden.id === "refused") {
      return untouched(path, `git would show the links: ${hidden.path} ${hidden.why}`);
    }
  }
  const changed = links.make();
  return {
    path,
    result: changed ? "linked" : "present",
    reason: changed ? "spares OpenCode an npm install" : "linked by an earlier boot",
    missing: [...provided.missing, ...missing],
    agentInstalls: false,
  };
}

/** Later ones win: the agent's hoisted packages, what was installed, folders of the repository, the agent's own package. */
function packagesFor({ folder, checkout, declared, provided }: LinkParts) {
  const { agent, extra } = provided;
  const packages = new Map([...agent.packages, ...(extra?.packages ?? [])]);
  const missing: MissingPackage[] = [];
  for (const [name, spec] of Object.entries(declared.folders)) {
    const target = resolve(folder.realPath, spec.replace(/^(?:file|link):/, ""));
    if (isBelow(checkout?.top ?? folder.realPath, target)) packages.set(name, target);
    else missing.push({ name, spec, why: "leads out of the repository" });
  }
  const plugin = agent.packages.get(PLUGIN_PACKAGE);
  if (plugin !== undefined) packages.set(PLUGIN_PACKAGE, plugin);
  return { packages, missing };
}

/** What our lockfile names: all that OpenCode looks for. */
function rootOf({ names, wanted, folders, foreign }: Declared): Record<string, string> {
  const specs = { ...Object.fromEntries(allWanted(wanted)), ...folders, ...foreign };
  return Object.fromEntries(names.map((name) => [name, specs[name] ?? "*"]));
}

/** Whether the stage's own tree has all that is declared, in versions that fit the ranges and the lockfile. */
function isSatisfiedBy(staged: PackageTree, { wanted, lock, overrides }: Declared): boolean {
  if (overrides !== null) return false;
  const packages = lock.id === "present" ? lock.lock.packages : {};
  return allWanted(wanted).every(([name, spec]) => {
    const version = versionOf(staged, name);
    const locked = packages[`node_modules/${name}`]?.["version"] ?? version;
    return version !== null && locked === version && isWithin(version, spec);
  });
}

function lockOf(stagedConfigDir: string): string | null {
  try {
    return readText(join(stagedConfigDir, "package-lock.json"), { maxBytes: MOST_LOCK_BYTES });
  } catch {
    return null;
  }
}

function isWritable(folder: HeldFolder): boolean {
  try {
    accessSync(folder.realPath, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function asForeign([name, spec]: [string, string]): MissingPackage {
  return { name, spec, why: "is not a spec that npm knows" };
}

function plain(path: string, result: LinkedPackages["result"], reason: string): LinkedPackages {
  return { path, result, reason, missing: [], agentInstalls: false };
}

/** Left alone for a reason that somebody should hear of: OpenCode will install by itself. */
function untouched(path: string, reason: string): LinkedPackages {
  return { path, result: "kept", reason, missing: [], agentInstalls: true };
}
