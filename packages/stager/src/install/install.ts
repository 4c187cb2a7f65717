import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { spareDescriptors } from "../descriptors.ts";
import { lockFolder } from "../lock.ts";
import { isInside, type StageEntry, StageUnusable } from "../manifest.ts";
import type { StagePool } from "../pool.ts";
import { runAll } from "../run-all.ts";
import { place } from "../strategies/tasks.ts";
import { isBelow } from "../tree/paths.ts";
import { statOf } from "./identity.ts";
import type { ConflictPolicy } from "./keep-users.ts";
import type { LegacySource } from "./legacy.ts";
import type { InstallItem, ItemResult } from "./result.ts";
import type { InstallTask, InstallTaskResult, PartPlaced } from "./task.ts";
import * as tasks from "./tasks.ts";
import type { Env, Wanted } from "./wanted.ts";

/** C6: the stage cannot be used. Emitted once, before the fallback begins. */
export interface InstallEvent {
  readonly type: "stage-unusable";
  readonly reason: string;
  readonly path: string;
  readonly fallback: "legacy" | "none";
}

export interface InstallOptions {
  readonly pool: StagePool;
  /** A stage, made by `sandboot-stage build`. */
  readonly stageDir: string;
  /** The folder for its entries. Created if missing. Other files in it are the user's and are kept. */
  readonly targetDir: string;
  /** The environment for gates. */
  readonly env: Env;
  /** A stage for another version is refused. */
  readonly agentVersion?: string | undefined;
  /** What to copy when the stage cannot be used. */
  readonly legacy?: readonly LegacySource[];
  /** Overrides the isolation of each entry. */
  readonly isolation?: StageEntry["isolation"];
  /** What to do with a user's file at a staged path. Default: `keep`. */
  readonly onConflict?: ConflictPolicy;
  readonly signal: AbortSignal;
  readonly onEvent?: (event: InstallEvent) => void;
}

export interface FilesResult {
  readonly items: readonly InstallItem[];
  /** The number of items per result. */
  readonly counts: Readonly<Partial<Record<ItemResult, number>>>;
  /** The size of everything that is installed now. */
  readonly bytes: number;
  /** Milliseconds, including the wait for another installer. */
  readonly durationMs: number;
  /** Whether it had to wait for another installer of the same target. */
  readonly waited: boolean;
}

export interface InstallResult extends FilesResult {
  /** null after the legacy installer. */
  readonly stageId: string | null;
  readonly source: "stage" | "legacy";
}

/** The stage cannot be used, and there is no legacy source to install instead. */
export class StageNotInstalled extends Error {
  override readonly name = "StageNotInstalled";
}

/**
 * Installs a stage into a target. The entries are built in a work folder. Then the change is decided at one moment; if this
 * process is killed after that, the next installer completes it (C5). For an unchanged stage this takes one `lstat` per
 * entry. The result names only paths that exist (C7).
 *
 * @throws {@link StageNotInstalled} when the stage cannot be used and there is no legacy source, or when the target lies in
 *   the stage; the signal's reason when it is aborted (the target is then unchanged); errors of the file system.
 */
export async function installStage(options: InstallOptions): Promise<InstallResult> {
  const { agentVersion, onEvent } = options;
  // Absolute, because links will lead to these paths from other folders.
  const stageDir = resolve(options.stageDir);
  const legacy = (options.legacy ?? []).map(inTarget);
  options.signal.throwIfAborted();
  if (isBelow(realPathOf(stageDir), realPathOf(options.targetDir))) {
    throw new StageNotInstalled(`the target ${options.targetDir} lies in the stage`);
  }
  const startMs = performance.now();
  const first = await apply(options, { id: "stage", stageDir, agentVersion });
  if (first.result.id === "done") {
    return { ...summary(first, startMs), stageId: first.result.stageId, source: "stage" };
  }

  const { reason, path } = first.result;
  onEvent?.({
    type: "stage-unusable",
    reason,
    path,
    fallback: legacy.length === 0 ? "none" : "legacy",
  });
  if (legacy.length === 0) {
    throw new StageNotInstalled(
      `the stage cannot be used, and no legacy source is given: ${path}: ${reason}`,
    );
  }
  const second = await apply(options, { id: "legacy", sources: legacy });
  return { ...summary(second, startMs), stageId: null, source: "legacy" };
}

/** Installs files that do not come from a stage. As for a stage: all or nothing, and files no longer wanted are removed. */
export async function installFiles(
  options: Pick<InstallOptions, "pool" | "targetDir" | "signal"> & {
    readonly wanted: readonly Wanted[];
  },
): Promise<FilesResult> {
  const startMs = performance.now();
  const { wanted, ...common } = options;
  return summary(await apply({ ...common, env: {} }, { id: "files", wanted }), startMs);
}

/** Removes everything that an install put into a target, and nothing else. Restores files that the policy had replaced. */
export async function uninstallStage(options: {
  readonly pool: StagePool;
  readonly targetDir: string;
  readonly signal: AbortSignal;
}): Promise<void> {
  // Not even the folder above it is created.
  if (statOf(resolve(options.targetDir)) === null) return;
  await apply({ ...options, env: {} }, { id: "nothing" });
}

/** @throws {@link StageNotInstalled} when a legacy source would be copied to a path outside of the target. */
function inTarget({ from, to }: LegacySource): LegacySource {
  const path = join(to).replace(/\/$/, "");
  if (isInside(path)) return { from: resolve(from), to: path };
  const expected = "expected a relative path that stays in the target, and not .sandboot";
  throw new StageNotInstalled(`legacy source ${from}: ${expected}, found "${to}"`);
}

/** Resolves links in a path, so that one target has one lock, and a target within the stage is recognized. */
function realPathOf(path: string): string {
  const full = resolve(path);
  try {
    return realpathSync.native(full);
  } catch {
    const above = dirname(full);
    return above === full ? full : join(realPathOf(above), basename(full));
  }
}

type Unusable = { readonly id: "unusable"; readonly reason: string; readonly path: string };

type Applied = {
  readonly result: Exclude<InstallTaskResult, { id: "copies" }> | Unusable;
  readonly waited: boolean;
};

async function apply(
  options: Pick<
    InstallOptions,
    "pool" | "targetDir" | "env" | "isolation" | "onConflict" | "signal"
  >,
  source: InstallTask["source"],
): Promise<Applied> {
  const { pool, env, isolation, onConflict = "keep", signal } = options;
  const targetDir = realPathOf(options.targetDir);
  using spare = spareDescriptors(targetDir);
  await using lock = await lockFolder(targetDir, signal);
  const { waited } = lock;
  const madeTarget = statOf(targetDir) === null;
  const task = { source, targetDir, madeTarget, env, isolation, onConflict };
  try {
    return { result: await carryOut(task, pool, signal), waited };
  } catch (error) {
    // Cleans up before the error is thrown, so that the target is unchanged when the caller gets the error.
    spare.release();
    await pool.run(tasks.abandon, { targetDir, madeTarget });
    if (!(error instanceof StageUnusable)) throw error;
    return { result: { id: "unusable", reason: error.reason, path: error.path }, waited };
  }
}

async function carryOut(
  task: Omit<InstallTask, "threads" | "cancel">,
  pool: StagePool,
  signal: AbortSignal,
): Promise<Exclude<InstallTaskResult, { id: "copies" }>> {
  const { targetDir } = task;
  const { threads } = pool;
  const result = await pool.runCancellable(tasks.install, { ...task, threads }, signal);
  if (result.id !== "copies") return result;
  const { prepared } = result;
  const placed = await runAll(
    result.shards,
    signal,
    async ({ part, work, files }, either): Promise<PartPlaced> => ({
      part,
      ...(await pool.runCancellable(place, { work, files }, either)),
    }),
  );
  return pool.run(tasks.finish, { prepared, placed, targetDir });
}

function summary({ result, waited }: Applied, startMs: number): FilesResult {
  if (result.id !== "done") throw new StageNotInstalled(`${result.path}: ${result.reason}`);
  const counts: Partial<Record<ItemResult, number>> = {};
  let bytes = 0;
  for (const item of result.items) {
    counts[item.result] = (counts[item.result] ?? 0) + 1;
    bytes += item.bytes ?? 0;
  }
  return { items: result.items, counts, bytes, durationMs: performance.now() - startMs, waited };
}
