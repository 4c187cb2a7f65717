import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { spareDescriptors } from "../descriptors.ts";
import { lockFolder } from "../lock.ts";
import { isInside, type StageEntry, StageUnusable } from "../manifest.ts";
import type { StagePool } from "../pool.ts";
import { place } from "../strategies/tasks.ts";
import { isBelow } from "../tree/paths.ts";
import { statOf } from "./identity.ts";
import type { ConflictPolicy } from "./keep-users.ts";
import type { LegacySource } from "./legacy.ts";
import type { InstallItem, ItemResult } from "./result.ts";
import type { InstallTask, InstallTaskResult, PartPlaced, Shard } from "./task.ts";
import * as tasks from "./tasks.ts";
import type { Env, Wanted } from "./wanted.ts";

/** C6: the stage could not be used; said once, before the fallback starts. */
export interface InstallEvent {
  readonly type: "stage-unusable";
  readonly reason: string;
  readonly path: string;
  readonly fallback: "legacy" | "none";
}

export interface InstallOptions {
  readonly pool: StagePool;
  /** A folder that `sandboot-stage build` made. */
  readonly stageDir: string;
  /** Where its entries go; made when it is not there. Other files in it are the user's and are kept. */
  readonly targetDir: string;
  /** What gates look at. */
  readonly env: Env;
  /** Refuses a stage that names another version. */
  readonly agentVersion?: string | undefined;
  /** What to copy when the stage cannot be used. */
  readonly legacy?: readonly LegacySource[];
  /** Over what each entry says. */
  readonly isolation?: StageEntry["isolation"];
  /** What to do with somebody else's file at a staged path. Default `keep`. */
  readonly onConflict?: ConflictPolicy;
  readonly signal: AbortSignal;
  readonly onEvent?: (event: InstallEvent) => void;
}

export interface FilesResult {
  readonly items: readonly InstallItem[];
  /** How many items had which result. */
  readonly counts: Readonly<Partial<Record<ItemResult, number>>>;
  /** Of everything that is in place now. */
  readonly bytes: number;
  /** Milliseconds, waiting for another installer included. */
  readonly durationMs: number;
  /** Whether another installer of the same target was first. */
  readonly waited: boolean;
}

export interface InstallResult extends FilesResult {
  /** null after the legacy installer. */
  readonly stageId: string | null;
  readonly source: "stage" | "legacy";
}

/** The stage cannot be used and there is nothing else to install. */
export class StageNotInstalled extends Error {
  override readonly name = "StageNotInstalled";
}

/**
 * Puts a stage in place: built beside, decided at one moment, finished by whoever comes next if this process is killed
 * (C5). An unchanged stage costs one `lstat` an entry. The result names only what is there (C7).
 *
 * @throws {@link StageNotInstalled} when the stage cannot be used and there is no legacy source, or the target lies in it; the signal's reason when
 *   it aborts (the target is then as it was); what the file system says when it cannot be written.
 */
export async function installStage(options: InstallOptions): Promise<InstallResult> {
  const { agentVersion, onEvent } = options;
  // Links are made to these paths, from other folders than the caller's.
  const stageDir = resolve(options.stageDir);
  const legacy = (options.legacy ?? []).map(inTarget);
  options.signal.throwIfAborted();
  if (isBelow(realPathOf(stageDir), realPathOf(options.targetDir))) {
    throw new StageNotInstalled(`${options.targetDir} lies in the stage, and would be part of it`);
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

/** Puts files in place that come from no stage, in the same manner: all or nothing, what is no longer wanted goes. */
export async function installFiles(
  options: Pick<InstallOptions, "pool" | "targetDir" | "signal"> & {
    readonly wanted: readonly Wanted[];
  },
): Promise<FilesResult> {
  const startMs = performance.now();
  const { wanted, ...common } = options;
  return summary(await apply({ ...common, env: {} }, { id: "files", wanted }), startMs);
}

/** Takes away what an install put there, and nothing else; what a policy had replaced comes back. */
export async function uninstallStage(options: {
  readonly pool: StagePool;
  readonly targetDir: string;
  readonly signal: AbortSignal;
}): Promise<void> {
  // Nor is the folder above it made.
  if (statOf(resolve(options.targetDir)) === null) return;
  await apply({ ...options, env: {} }, { id: "nothing" });
}

/** @throws {@link StageNotInstalled} when it would go where nothing of the target is. */
function inTarget({ from, to }: LegacySource): LegacySource {
  const path = join(to).replace(/\/$/, "");
  if (isInside(path)) return { from: resolve(from), to: path };
  const expected = "expected a relative path that stays in the target, and not .sandboot";
  throw new StageNotInstalled(`legacy source ${from}: ${expected}, found "${to}"`);
}

/** Where a path is, by whatever links it was named: one target has one lock, and none is in the stage by a detour. */
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
    // Before the cause is told: whoever reads of it finds the target as it was.
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
  const placed = await placeAll(pool, result.shards, signal);
  return pool.run(tasks.finish, { prepared, placed, targetDir });
}

/** All threads place files, each its share; when one fails the others stop, and all are awaited. */
async function placeAll(
  pool: StagePool,
  shards: readonly Shard[],
  signal: AbortSignal,
): Promise<PartPlaced[]> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const placed = await Promise.all(
    shards.map(async ({ part, work, files }): Promise<PartPlaced[]> => {
      try {
        return [{ part, ...(await pool.runCancellable(place, { work, files }, either)) }];
      } catch (error) {
        failed.abort(error);
        return [];
      }
    }),
  );
  // The first that failed is the reason of all the others' end.
  either.throwIfAborted();
  return placed.flat();
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
