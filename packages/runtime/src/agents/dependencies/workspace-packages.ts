import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { StagePool } from "@sandboot/stager";
import type { HeldFolder } from "@sandboot/stager/held-folder";
import { messageOf } from "../../base/failed.ts";
import { Turns } from "../../base/turns.ts";
import type { Grace } from "../../process/grace.ts";
import type {
  AgentPackages,
  InSpareTime,
  LinkedPackages,
  MissingPackage,
  PackagesContext,
} from "../driver.ts";
import { DependencyCache } from "./cache.ts";
import { type Declared, readDeclared } from "./declared.ts";
import { essentialPackages, mentionedPackages } from "./essential.ts";
import { findConfigFolder } from "./folders.ts";
import { fillGlobalFolder, type GlobalFolder } from "./global-folder.ts";
import { type Installed, installDeclared } from "./install.ts";
import { linkProvided, type Provided, plain, untouched } from "./link-provided.ts";
import { readPackageTree } from "./package-tree.ts";
import { type CopyOptions, type PrivateTree, PrivateTrees } from "./private-trees.ts";
import { isSatisfiedBy, type Staged, stagedIn } from "./staged.ts";

export interface WorkspacePackagesOptions {
  /** The agent installs packages into workspaces by itself. */
  readonly leavesWorkspaces: boolean;
  /** OpenCode's config folder in the installed stage. */
  readonly stagedConfigDir: string;
  readonly global: GlobalFolder;
  /** Where this sandbox keeps its own copies. */
  readonly privateDir: string;
  readonly cache: { readonly folder: string; readonly maxBytes: number };
  /** What npm gets. Asked for each time: a binding may bring credentials. */
  readonly env: () => Readonly<Record<string, string>>;
  readonly home: string;
  /** Milliseconds for npm, for one config folder. */
  readonly timeoutMs: number;
  /** Copy all of the agent's packages before anything is linked: nobody waits for it. */
  readonly wholeAtOnce: boolean;
  readonly pool: StagePool;
  readonly grace: Grace;
}

const CONFIG_FOLDER = ".opencode";

/** A config folder whose packages are linked. */
interface Place {
  readonly path: string;
  readonly kind: "workspace" | "global";
  /** The config folder of the installed stage whose packages it gets. */
  readonly stagedDir: string;
  /** Whether npm may be asked for what is declared. */
  readonly installs: boolean;
}

interface InstalledOnce extends Installed {
  readonly identity: string;
}

const NOTHING_INSTALLED: InstalledOnce = {
  nodeModules: null,
  missing: [],
  lines: [],
  identity: "",
};

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
  readonly #installed = new Map<string, Promise<InstalledOnce>>();
  /** Folders that are linked to a part of the agent's packages, by path. */
  readonly #partial = new Map<string, Place>();

  constructor(options: WorkspacePackagesOptions) {
    this.#options = options;
    this.#trees = new PrivateTrees(options.privateDir);
    this.#cache = new DependencyCache(options.cache.folder, options.cache.maxBytes);
  }

  async prepareAgent({ signal }: PackagesContext): Promise<void> {
    if (!this.#options.leavesWorkspaces)
      await this.#copyAgent({ pool: this.#options.pool, signal });
  }

  async prepare(directory: string, context: PackagesContext): Promise<void> {
    if (this.#options.leavesWorkspaces) return;
    const place = this.#workspace(directory);
    const found = findConfigFolder(directory, CONFIG_FOLDER);
    if (found.id !== "found") return;
    using folder = found.folder;
    const declared = readDeclared(folder);
    if (declared.id !== "read") return;
    const whole = this.#options.wholeAtOnce;
    await this.#provide({ ...place, whole }, folder, declared.declared, context);
  }

  /** Links what the config folder declares now into it, out of git's sight. */
  async link(directory: string, context: PackagesContext): Promise<LinkedPackages> {
    const place = this.#workspace(directory);
    if (!this.#options.leavesWorkspaces) return await this.#link(place, directory, context);
    return plain(place.path, "kept", "agent.workspaceDependencies leaves it to OpenCode");
  }

  async fillGlobal({ signal }: PackagesContext): Promise<void> {
    const { global, pool } = this.#options;
    const lacksPackages = await fillGlobalFolder(global, { pool, signal });
    if (lacksPackages) await this.#linkGlobal({ signal }, false);
  }

  linkGlobal(context: PackagesContext): Promise<LinkedPackages> {
    return this.#linkGlobal(context, !this.#options.leavesWorkspaces);
  }

  async #linkGlobal(context: PackagesContext, installs: boolean): Promise<LinkedPackages> {
    const { path, seed } = this.#options.global;
    if (!existsSync(path)) return plain(path, "absent", "there is no such folder");
    // The home is the user's, who may have it elsewhere and link to it.
    const real = realpathSync(path);
    const place: Place = { path: real, kind: "global", stagedDir: seed, installs };
    return await this.#link(place, dirname(real), context);
  }

  async complete(context: PackagesContext, inSpareTime: InSpareTime): Promise<number> {
    const { signal } = context;
    const partial = [...this.#partial.values()];
    if (partial.length > 0) await inSpareTime((pool) => this.#copyAgent({ pool, signal }));
    for (const place of partial) await this.#link(place, dirname(place.path), context, true);
    await this.#trees.sweep();
    return partial.length;
  }

  #workspace(directory: string): Place {
    const path = join(directory, CONFIG_FOLDER);
    const stagedDir = this.#options.stagedConfigDir;
    return { path, kind: "workspace", stagedDir, installs: true };
  }

  async #link(
    place: Place,
    parent: string,
    context: PackagesContext,
    whole = this.#options.wholeAtOnce,
  ): Promise<LinkedPackages> {
    const { path } = place;
    const found = findConfigFolder(parent, basename(path));
    if (found.id === "absent") return plain(path, "absent", "there is no such folder");
    if (found.id === "refused") return untouched(path, found.why);
    using folder = found.folder;
    if (!isWritable(folder)) {
      return plain(path, "kept", "it cannot be written, and OpenCode installs nothing there");
    }
    const read = readDeclared(folder);
    if (read.id === "unfit") return untouched(path, `${read.file} ${read.why}`);
    const { declared } = read;
    const provided = await this.#provide({ ...place, whole }, folder, declared, context);
    if (provided === null) return plain(path, "kept", "the stage brings no node_modules");
    context.signal.throwIfAborted();
    if (provided.agentSuffices) this.#partial.delete(path);
    else this.#partial.set(path, place);
    try {
      return linkProvided(path, {
        folder,
        checkout: found.checkout,
        declared,
        provided,
        mayInstall: this.#options.leavesWorkspaces,
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      return untouched(path, messageOf(error));
    }
  }

  async #copyAgent(options: CopyOptions): Promise<void> {
    const staged = stagedIn(this.#options.stagedConfigDir);
    if (staged !== null) await this.#agentTree(staged, null, options);
  }

  async #provide(
    { kind, stagedDir, installs, whole }: Place & { readonly whole: boolean },
    folder: HeldFolder,
    declared: Declared,
    context: PackagesContext,
  ): Promise<Provided | null> {
    const options = { pool: this.#options.pool, signal: context.signal };
    const staged = stagedIn(stagedDir);
    if (staged === null) return null;
    const { tree } = staged;
    const mentioned = mentionedPackages(folder, tree);
    // Most repositories have tools that import nothing: their session needs no package at all. The global folder's
    // package.json is the stage's, so what it declares says nothing of what is used there.
    const isStages = kind === "global" && isSatisfiedBy(tree, declared);
    const names = declared.declaresNothing || isStages ? [] : declared.names;
    const needsNothing = isStages && mentioned?.length === 0;
    const essential =
      mentioned === null || (whole && !needsNothing)
        ? null
        : essentialPackages(tree, [...names, ...mentioned]);
    const [agent, { nodeModules, missing, identity }] = await Promise.all([
      this.#agentTree(staged, essential, options),
      installs ? this.#installOnce(declared, staged, context) : NOTHING_INSTALLED,
    ]);
    const installed = nodeModules === null ? null : readPackageTree(nodeModules);
    return {
      agent,
      agentSuffices: needsNothing || agent.packages.size === tree.packages.size,
      extra: installed && (await this.#trees.of(installed, identity, null, options)),
      missing: [...missing, ...Object.entries(declared.foreign).map(asForeign)],
    };
  }

  /** One at a time: two folders want the same, and the second then finds it. */
  #agentTree(
    { tree, identity }: Staged,
    only: ReadonlySet<string> | null,
    options: CopyOptions,
  ): Promise<PrivateTree> {
    return this.#turns.take(() => this.#trees.of(tree, identity, only, options));
  }

  /** A second call for the same declarations gives the first one's answer, also when npm could not have a package. */
  #installOnce(
    declared: Declared,
    staged: Staged,
    context: PackagesContext,
  ): Promise<InstalledOnce> {
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
  ): Promise<InstalledOnce> {
    if (isSatisfiedBy(staged, declared)) {
      return NOTHING_INSTALLED;
    }
    const { env, home, timeoutMs, grace } = this.#options;
    const installed = await installDeclared(declared, {
      cache: this.#cache,
      pluginVersion,
      env: env(),
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
