import { installStage, StageNotInstalled } from "@sandboot/stager";
import { Failed } from "../../base/failed.ts";
import type { StageReport } from "../../protocol/index.ts";
import type { Boot } from "./boot.ts";
import type { BootPhase, BootPhaseContext } from "./outputs.ts";

/** Puts the agent's files in place, in the worker pool, outside every repository (C1, C5–C7). */
export function stage(boot: Boot): BootPhase {
  const { config, bus, pool } = boot;
  return {
    id: "stage",
    title: "Stage the agent's files",
    needs: [],
    where: "workers",
    required: true,
    run: async ({ signal, detail, warn }): Promise<StageReport> => {
      const report = await install(signal, warn);
      bus.emit({ type: "stage.installed", stage: report });
      detail({ source: report.source, stageId: report.id, ...countResults(report) });
      return report;
    },
  };

  async function install(
    signal: AbortSignal,
    warn: BootPhaseContext["warn"],
  ): Promise<StageReport> {
    if (config.stage === null) return { id: null, source: "none", items: [], durationMs: 0 };
    const { dir, legacy, agentVersion } = config.stage;
    const result = await installStage({
      pool,
      stageDir: dir,
      targetDir: config.stageTarget,
      env: config.env,
      legacy,
      agentVersion,
      signal,
      onEvent: (event) => {
        if (event.type !== "stage-unusable") return;
        const { reason, path, fallback } = event;
        // Without a fallback the phase fails, and its failure says it.
        if (fallback === "legacy") warn({ code: "stage-replaced", path, reason });
        bus.emit({ type: "stage.unusable", reason, path, fallback });
      },
    }).catch((error: unknown) => {
      if (!(error instanceof StageNotInstalled)) throw error;
      throw new Failed({ code: "stage-unusable", reason: error.message });
    });
    return {
      id: result.stageId,
      source: result.source,
      items: [...result.items],
      durationMs: result.durationMs,
    };
  }
}

function countResults(report: StageReport): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { result } of report.items) counts[result] = (counts[result] ?? 0) + 1;
  return counts;
}
