import { cp } from "node:fs/promises";
import { join } from "node:path";
import type { StagePool } from "./pool.ts";
import type { InstallItem } from "./result.ts";

export interface LegacySource {
  /** File or folder that an image without a stage carries. */
  readonly from: string;
  /** Where it goes in the target. */
  readonly to: string;
}

export type InstallEvent = {
  readonly type: "stage-unusable";
  readonly reason: string;
  readonly path: string;
  readonly fallback: "legacy" | "none";
};

export interface InstallOptions {
  readonly pool: StagePool;
  readonly stageDir: string;
  readonly targetDir: string;
  /** Gates look here. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly legacy?: readonly LegacySource[];
  readonly signal: AbortSignal;
  readonly onEvent?: (event: InstallEvent) => void;
}

export interface InstallResult {
  readonly stageId: string | null;
  readonly source: "stage" | "legacy";
  readonly items: readonly InstallItem[];
  /** Milliseconds, seen from the caller. */
  readonly durationMs: number;
}

/** Puts a stage in place, in a worker. */
export async function installStage(options: InstallOptions): Promise<InstallResult> {
  const startMs = performance.now();
  const { pool, stageDir, targetDir, env, legacy = [], signal, onEvent } = options;
  const result = await pool.run("install", { stageDir, targetDir, env }, { signal });
  if (result.id === "installed") {
    return {
      stageId: result.stageId,
      source: "stage",
      items: result.items,
      durationMs: performance.now() - startMs,
    };
  }
  const { reason, path } = result;
  onEvent?.({
    type: "stage-unusable",
    reason,
    path,
    fallback: legacy.length > 0 ? "legacy" : "none",
  });
  if (legacy.length === 0) throw new Error(`the stage cannot be used: ${path}: ${reason}`);
  const items: InstallItem[] = [];
  for (const { from, to } of legacy) {
    await cp(from, join(targetDir, to), { recursive: true });
    items.push({ path: to, result: "copied", reason: `from ${from}` });
  }
  return { stageId: null, source: "legacy", items, durationMs: performance.now() - startMs };
}
