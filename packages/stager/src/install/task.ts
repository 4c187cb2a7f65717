import { chmod, mkdir, readlink, rm, symlink, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type CancelFlag, isCancelled, throwIfCancelled } from "../cancel.ts";
import { type StageEntry, StageUnusable } from "../manifest.ts";
import type { InstallItem, ItemResult } from "../result.ts";
import { type Choice, choose, fileStrategy, probe } from "../strategies/choose.ts";
import type { StrategyName } from "../strategies/strategy.ts";
import { type TreeNode, walk } from "../tree/walk.ts";
import { identityOf } from "./identity.ts";
import { commit, type Journal, type Operation, recover } from "./journal.ts";
import { layoutOf, type TargetLayout } from "./layout.ts";
import { type InstalledEntry, type Marker, readMarker } from "./marker.ts";
import {
  type Env,
  type LegacySource,
  legacyWanted,
  readStage,
  type Wanted,
  wantedOf,
} from "./wanted.ts";

export interface InstallTask {
  /** null uninstalls. */
  readonly source:
    | {
        readonly id: "stage";
        readonly stageDir: string;
        readonly agentVersion?: string | undefined;
      }
    | { readonly id: "legacy"; readonly sources: readonly LegacySource[] }
    | { readonly id: "files"; readonly wanted: readonly Wanted[] }
    | null;
  readonly targetDir: string;
  readonly env: Env;
  readonly isolation?: StageEntry["isolation"] | undefined;
  readonly onConflict: "keep" | "replace";
  readonly cancel: CancelFlag;
}

/** Files that are to be copied before the change can be decided; the caller splits them over its threads. */
export interface CopyFile {
  readonly source: string;
  readonly target: string;
  readonly mode: number;
  readonly bytes: number;
  readonly mtimeMs: number;
}

export interface CopyWork {
  readonly files: readonly CopyFile[];
  readonly strategy: StrategyName;
}

export interface Prepared {
  readonly journal: Journal;
  readonly stageId: string | null;
  readonly items: readonly InstallItem[];
}

export type InstallTaskResult =
  | { readonly id: "done"; readonly stageId: string | null; readonly items: readonly InstallItem[] }
  | { readonly id: "copies"; readonly work: readonly CopyWork[]; readonly prepared: Prepared }
  | { readonly id: "unusable"; readonly reason: string; readonly path: string };

/**
 * Puts a target in the state that its source describes. Runs in a worker, under the target's lock. What takes long, the
 * copies of large trees, is handed back as work for several workers; {@link finishTask} then decides the change.
 */
export async function installTask(task: InstallTask): Promise<InstallTaskResult> {
  const layout = layoutOf(task.targetDir);
  try {
    await recover(layout);
    const { stageId, wanted } = await read(task);
    const plan = new InstallPlan(task, layout, await readMarker(layout.marker), stageId);
    for (const one of wanted) {
      throwIfCancelled(task.cancel);
      await plan.add(one);
    }
    const prepared = await plan.prepare();
    if (plan.work.length > 0) return { id: "copies", work: plan.work, prepared };
    return await finishTask({ prepared, targetDir: task.targetDir });
  } catch (error) {
    if (error instanceof StageUnusable)
      return { id: "unusable", reason: error.reason, path: error.path };
    await recover(layout);
    throw error;
  }
}

/** Decides the change and carries it out: from here on it is brought to its end, whoever is killed. */
export async function finishTask(options: {
  readonly prepared: Prepared;
  readonly targetDir: string;
}): Promise<InstallTaskResult & { id: "done" }> {
  const { journal, stageId, items } = options.prepared;
  const layout = layoutOf(options.targetDir);
  const takesLastAway = journal.marker === null && (await identityOf(layout.marker)) !== null;
  if (journal.operations.length > 0 || takesLastAway) {
    await commit({ ...journal, marker: await withIdentities(journal, layout) }, layout);
  }
  return { id: "done", stageId, items };
}

/** What was built is known by what it is when it is whole, just before it is put in place; a rename changes none of it. */
async function withIdentities(
  { marker, operations }: Journal,
  layout: TargetLayout,
): Promise<Marker | null> {
  if (marker === null) return null;
  const parts = new Map(operations.map(({ path, part }) => [path, part]));
  const entries = await Promise.all(
    marker.entries.map(async (entry) => {
      const part = parts.get(entry.path);
      if (part === undefined) return entry;
      return { ...entry, identity: (await identityOf(join(layout.fresh, part))) ?? "" };
    }),
  );
  return { ...marker, entries };
}

/** Clears away what a cancelled or failed install had begun. */
export async function abandonTask({ targetDir }: { readonly targetDir: string }): Promise<void> {
  await recover(layoutOf(targetDir));
}

/** Copies one shard of files. */
export async function copyTask(options: CopyWork & { readonly cancel: CancelFlag }): Promise<void> {
  const { cancel } = options;
  const strategy = fileStrategy(options.strategy);
  const queue = options.files.values();
  const lane = async () => {
    for (const { source, target, bytes, mode, mtimeMs } of queue) {
      if (isCancelled(cancel)) return;
      await strategy.place(source, target, { bytes, cancel });
      if (strategy.name === "hardlink") continue;
      await chmod(target, mode);
      await utimes(target, mtimeMs / 1000, mtimeMs / 1000);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  throwIfCancelled(cancel);
}

/** Files under way at once in one thread: libuv's pool has four threads for all workers together. */
const LANES = 4;

async function read(
  task: InstallTask,
): Promise<{ stageId: string | null; wanted: readonly Wanted[] }> {
  const { source, env, isolation } = task;
  if (source === null) return { stageId: null, wanted: [] };
  if (source.id === "legacy") return { stageId: null, wanted: await legacyWanted(source.sources) };
  if (source.id === "files") return { stageId: null, wanted: source.wanted };
  const manifest = await readStage(source.stageDir, source.agentVersion);
  return {
    stageId: manifest.id,
    wanted: wantedOf(manifest, { stageDir: source.stageDir, env, isolation }),
  };
}

const RESULTS: Readonly<Record<StrategyName, ItemResult>> = {
  symlink: "linked",
  reflink: "reflinked",
  hardlink: "hardlinked",
  copy: "copied",
};

/** What one install is going to do, entry by entry. */
class InstallPlan {
  readonly work: CopyWork[] = [];
  readonly #task: InstallTask;
  readonly #layout: TargetLayout;
  readonly #before: Marker | null;
  readonly #stageId: string | null;
  readonly #settings: string;
  readonly #items: InstallItem[] = [];
  readonly #operations: Operation[] = [];
  readonly #entries: InstalledEntry[] = [];
  readonly #paths = new Set<string>();
  readonly #made: { path: string; choice: Choice; bytes: number }[] = [];

  constructor(
    task: InstallTask,
    layout: TargetLayout,
    before: Marker | null,
    stageId: string | null,
  ) {
    this.#task = task;
    this.#layout = layout;
    this.#before = before;
    this.#stageId = stageId;
    const { source, isolation } = task;
    this.#settings = JSON.stringify({
      source: source?.id === "stage" ? source.stageDir : source,
      isolation,
    });
  }

  async add(wanted: Wanted): Promise<void> {
    const { path, source } = wanted;
    if (wanted.closedGate !== null) {
      this.#items.push({
        path,
        result: "gated",
        reason: `the environment does not say ${wanted.closedGate}`,
      });
      return;
    }
    if (source === null) {
      this.#items.push({ path, result: "missing", reason: "its source is not there" });
      return;
    }
    this.#paths.add(path);
    const ours = this.#before?.entries.find((entry) => entry.path === path);
    const found = await this.#standsAt(path);
    const unchanged = ours !== undefined && found === ours.identity;
    if (
      unchanged &&
      this.#before?.stageId === this.#stageId &&
      this.#before.settings === this.#settings &&
      this.#stageId !== null
    ) {
      this.#entries.push(ours);
      this.#items.push({
        path,
        result: "present",
        bytes: ours.bytes,
        reason: `${ours.result} by an earlier boot`,
      });
      return;
    }
    const users = found !== null && !unchanged;
    if (users && this.#task.onConflict === "keep") {
      const reason = "somebody else's file stands there, and is kept";
      this.#items.push({ path, result: "conflict", reason });
      return;
    }
    const part = String(this.#made.length);
    const choice = await this.#build(wanted, source, join(this.#layout.fresh, part));
    this.#made.push({ path, choice, bytes: wanted.bytes });
    this.#operations.push({ id: "place", path, part, keepOld: users });
    const replaced = users ? `; what stood there is kept in .sandboot/replaced/${path}` : "";
    this.#items.push({
      path,
      result: RESULTS[choice.strategy],
      bytes: wanted.bytes,
      reason: `${choice.reason}${replaced}`,
    });
  }

  /** What is no longer wanted goes; then the whole change is written down. */
  async prepare(): Promise<Prepared> {
    const before = this.#before?.entries ?? [];
    for (const entry of before) {
      if (this.#paths.has(entry.path)) continue;
      const { path, identity } = entry;
      this.#operations.push({ id: "remove", path, part: `r${this.#operations.length}`, identity });
    }
    for (const { path, choice, bytes } of this.#made) {
      const { strategy, reason } = choice;
      this.#entries.push({
        path,
        identity: "",
        result: RESULTS[strategy],
        bytes,
        strategy,
        reason,
      });
    }
    const folders = await this.#folders();
    const stillOurs = this.#entries.length > 0;
    const marker: Marker | null = stillOurs
      ? {
          version: 1,
          stageId: this.#stageId,
          settings: this.#settings,
          entries: this.#entries,
          folders,
        }
      : null;
    const gone = (this.#before?.folders ?? []).filter((folder) => !folders.includes(folder));
    return {
      journal: {
        operations: this.#operations,
        marker,
        folders: stillOurs ? gone : deepestFirst([...gone, ...folders]),
      },
      stageId: this.#stageId,
      items: this.#items,
    };
  }

  /** A user's file where a folder of ours should be stands in the way as much as one at the path itself. */
  async #standsAt(path: string): Promise<string | null> {
    const parents = path.split("/").slice(0, -1);
    for (let depth = 1; depth <= parents.length; depth++) {
      const parent = await identityOf(join(this.#layout.target, ...parents.slice(0, depth)));
      if (parent === null) return null;
      if (parent.startsWith("file ")) return parent;
    }
    return identityOf(join(this.#layout.target, path));
  }

  async #build(wanted: Wanted, source: string, fresh: string): Promise<Choice> {
    await mkdir(dirname(fresh), { recursive: true });
    if (wanted.kind === "link" && wanted.isolation === "shared") {
      const choice = choose(wanted, { reflink: false, hardlink: false, why: "" });
      await symlink(source, fresh);
      return choice;
    }
    if (wanted.type === "link") {
      await symlink(await readlink(source), fresh);
      return { strategy: "copy", reason: "a link, copied" };
    }
    const nodes = await walk(source, { aborted: () => isCancelled(this.#task.cancel) });
    throwIfCancelled(this.#task.cancel);
    const sample = nodes.find((node) => node.type === "file");
    const choice =
      wanted.kind === "copy" || sample === undefined
        ? { strategy: "copy" as const, reason: "small" }
        : choose(wanted, await this.#capabilities(join(source, sample.path)));
    const files = await makeFolders(nodes, { source, fresh, mode: modeIn(wanted) });
    if (wanted.kind === "copy") {
      await copyTask({ files, strategy: choice.strategy, cancel: this.#task.cancel });
    } else if (files.length > 0) {
      this.work.push({ files, strategy: choice.strategy });
    }
    return choice;
  }

  #probed: Promise<Awaited<ReturnType<typeof probe>>> | undefined;

  /** Once an install: stage and target are on one file system each. */
  #capabilities(sample: string): ReturnType<typeof probe> {
    this.#probed ??= probe(sample, this.#layout.fresh);
    return this.#probed;
  }

  /** Folders above the entries that are not there yet, or that an earlier install of ours made. */
  async #folders(): Promise<string[]> {
    const ours = new Set(this.#before?.folders);
    const folders = new Set<string>();
    for (const { path } of this.#entries) {
      for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) {
        if (ours.has(folder) || (await identityOf(join(this.#layout.target, folder))) === null) {
          folders.add(folder);
        }
      }
    }
    return deepestFirst([...folders]);
  }
}

/** The stage is read-only; a copy is the user's, who may write it, unless the plan says its mode. */
function modeIn(wanted: Wanted): (node: { mode: number }) => number {
  return wanted.type === "file" ? () => wanted.mode : ({ mode }) => mode | 0o200;
}

/** Makes the folders and links of a tree; gives back its files. */
async function makeFolders(
  nodes: readonly TreeNode[],
  options: { source: string; fresh: string; mode: (node: { mode: number }) => number },
): Promise<CopyFile[]> {
  const { source, fresh, mode } = options;
  const files: CopyFile[] = [];
  await rm(fresh, { recursive: true, force: true });
  for (const node of nodes) {
    const target = node.path === "" ? fresh : join(fresh, node.path);
    const from = node.path === "" ? source : join(source, node.path);
    if (node.type === "folder") await mkdir(target, { mode: node.mode | 0o700 });
    else if (node.type === "link") await symlink(node.target, target);
    else
      files.push({
        source: from,
        target,
        mode: mode(node),
        bytes: node.bytes,
        mtimeMs: node.mtimeMs,
      });
  }
  return files;
}

function deepestFirst(folders: readonly string[]): string[] {
  return [...new Set(folders)].sort(
    (a, b) => b.split("/").length - a.split("/").length || (a < b ? -1 : 1),
  );
}
