import { CANCELLED_MESSAGE, createCancelFlag, setCancelled } from "../cancel.ts";
import { lockFolder } from "../lock.ts";
import type { StageEntry } from "../manifest.ts";
import type { StagePool } from "../pool.ts";
import type { InstallItem, ItemResult } from "../result.ts";
import { shardByBytes } from "../tree/shard.ts";
import type { CopyWork, InstallTask, InstallTaskResult } from "./task.ts";
import type { Env, LegacySource } from "./wanted.ts";

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
  readonly onConflict?: "keep" | "replace";
  readonly signal: AbortSignal;
  readonly onEvent?: (event: InstallEvent) => void;
}

export interface InstallResult {
  /** null after the legacy installer. */
  readonly stageId: string | null;
  readonly source: "stage" | "legacy";
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

/** The stage cannot be used and there is nothing else to install. */
export class StageNotInstalled extends Error {
  override readonly name = "StageNotInstalled";
}

/**
 * Puts a stage in place: built beside, decided at one moment, finished by whoever comes next if this process is killed
 * (C5). An unchanged stage costs one `lstat` an entry. The result names only what is there (C7).
 *
 * @throws {@link StageNotInstalled} when the stage cannot be used and there is no legacy source; the signal's reason when
 *   it aborts (the target is then as it was); what the file system says when it cannot be written.
 */
export async function installStage(options: InstallOptions): Promise<InstallResult> {
  const { stageDir, agentVersion, legacy = [], onEvent } = options;
  const startMs = performance.now();
  const first = await apply(options, { id: "stage", stageDir, agentVersion });
  if (first.result.id === "done") return summary(first, "stage", startMs);

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
  if (second.result.id !== "done") throw new StageNotInstalled(second.result.reason);
  return summary(second, "legacy", startMs);
}

/** Takes away what an install put there, and nothing else. */
export async function uninstallStage(options: {
  readonly pool: StagePool;
  readonly targetDir: string;
  readonly signal: AbortSignal;
}): Promise<void> {
  await apply({ ...options, env: {} }, null);
}

type Applied = {
  readonly result: Exclude<InstallTaskResult, { id: "copies" }>;
  readonly waited: boolean;
};

async function apply(
  options: Pick<
    InstallOptions,
    "pool" | "targetDir" | "env" | "isolation" | "onConflict" | "signal"
  >,
  source: InstallTask["source"],
): Promise<Applied> {
  const { pool, targetDir, env, isolation, onConflict = "keep", signal } = options;
  const cancel = createCancelFlag();
  const onAbort = () => setCancelled(cancel);
  signal.throwIfAborted();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await using lock = await lockFolder(targetDir, signal);
    const result = await pool.run("install", {
      source,
      targetDir,
      env,
      isolation,
      onConflict,
      cancel,
    });
    if (result.id !== "copies") return { result, waited: lock.waited };
    try {
      await copyAll(pool, result.work, cancel);
    } catch (error) {
      await pool.run("abandon", { targetDir });
      throw error;
    }
    const { prepared } = result;
    return { result: await pool.run("finish", { prepared, targetDir }), waited: lock.waited };
  } catch (error) {
    // Whatever it was that a cancelled task tripped over, the caller knows why: it asked for it.
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** All threads copy, each its share; when one fails the others stop, and all are awaited. */
async function copyAll(
  pool: StagePool,
  work: readonly CopyWork[],
  cancel: SharedArrayBuffer,
): Promise<void> {
  const shards = work.flatMap(({ files, strategy }) =>
    shardByBytes(files, pool.threads).map((shard) => ({ files: shard, strategy, cancel })),
  );
  const ended = await Promise.allSettled(
    shards.map((shard) =>
      pool.run("copy", shard).catch((error: unknown) => {
        setCancelled(cancel);
        throw error;
      }),
    ),
  );
  const errors = ended.flatMap((end) => (end.status === "rejected" ? [end.reason as Error] : []));
  // Errors that cross a thread keep their message and lose their class.
  const cause = errors.find(({ message }) => message !== CANCELLED_MESSAGE) ?? errors[0];
  if (cause !== undefined) throw cause;
}

function summary(
  { result, waited }: Applied,
  source: InstallResult["source"],
  startMs: number,
): InstallResult {
  if (result.id !== "done") throw new StageNotInstalled(result.reason);
  const counts: Partial<Record<ItemResult, number>> = {};
  let bytes = 0;
  for (const item of result.items) {
    counts[item.result] = (counts[item.result] ?? 0) + 1;
    bytes += item.bytes ?? 0;
  }
  const { stageId, items } = result;
  return { stageId, source, items, counts, bytes, durationMs: performance.now() - startMs, waited };
}
