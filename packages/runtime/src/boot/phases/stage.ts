import { join } from "node:path";
import { installStage, StageNotInstalled } from "@sandboot/stager";
import { Failed } from "../../base/failed.ts";
import type { Config } from "../../config/config.ts";
import type { StageReport } from "../../protocol/index.ts";
import { FILE_WORK_MS } from "./limits.ts";
import type { BootContext, BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "emit" | "pool">;

/** Puts the agent's files in place, outside every repository (C1, C5–C7). */
export function stage(config: Config): BootPhase {
  return {
    plan: {
      id: "stage",
      title: "Stage the agent's files",
      needs: [],
      where: "workers",
      // A build starts no agent. Where the stage is not in the image yet, the boot copies from it.
      required: config.mode !== "build",
      timeoutMs: FILE_WORK_MS,
    },
    inputs: config.stage === null ? [] : [join(config.stage.dir, "stage.json")],
    run: async (parts: Parts, context) => {
      const report = await install(config, parts, context);
      parts.emit({ type: "stage.installed", stage: report });
      if (report.source === "none") context.skip("no stage is configured");
      const { source, id: stageId } = report;
      context.detail({ source, stageId, folder: config.stageTarget, ...countResults(report) });
    },
  };
}

async function install(
  { stage: wanted, stageTarget, env }: Config,
  { pool, emit }: Parts,
  { signal, warn }: BootContext,
): Promise<StageReport> {
  if (wanted === null) return { id: null, source: "none", items: [], durationMs: 0 };
  const { dir, legacy, agentVersion } = wanted;
  let unusable: { problem: "unusable"; path: string; reason: string } | undefined;
  const result = await installStage({
    pool,
    stageDir: dir,
    targetDir: stageTarget,
    env,
    legacy,
    agentVersion,
    signal,
    onEvent: (event) => {
      if (event.type !== "stage-unusable") return;
      const { reason, path, fallback } = event;
      unusable = { problem: "unusable", path, reason };
      // Without a fallback the phase fails, and its failure says it.
      if (fallback === "legacy") warn({ code: "stage-replaced", path, reason });
      emit({ type: "stage.unusable", reason, path, fallback });
    },
  }).catch((error: unknown) => {
    if (!(error instanceof StageNotInstalled)) throw error;
    throw new Failed({
      code: "stage-unusable",
      ...(unusable ?? { problem: "misplaced", reason: error.message }),
    });
  });
  return {
    id: result.stageId,
    source: result.source,
    items: [...result.items],
    durationMs: result.durationMs,
  };
}

function countResults(report: StageReport): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { result } of report.items) counts[result] = (counts[result] ?? 0) + 1;
  return counts;
}
