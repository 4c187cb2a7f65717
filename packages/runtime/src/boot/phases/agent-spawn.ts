import { agentDriver } from "../../agents/registry.ts";
import type { Config } from "../../config/config.ts";
import { startHookIds } from "./hook.ts";
import { FILE_WORK_MS } from "./limits.ts";
import type { BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "clock" | "agentProcess" | "agentReport">;

/**
 * Starts the agent's process in an empty folder, where it can read nothing of a repository (C2): first of all where the
 * agent allows it, else when its files are in place.
 */
export function agentSpawn(config: Config): BootPhase {
  const driver = agentDriver(config);
  const { start } = config.agent;
  return {
    plan: {
      id: "agent.spawn",
      title: `Start ${driver.name}`,
      needs: [
        ...(driver.startsBesideStage ? [] : ["agent.home"]),
        ...(start === "speculative" ? [] : startHookIds(config)),
      ],
      where: "main",
      required: true,
      timeoutMs: FILE_WORK_MS,
    },
    run: async ({ clock, agentProcess, agentReport }: Parts, { detail }) => {
      // The process has read nothing of the workspace yet: if it crashes now, a new one is as good.
      agentProcess.supervise();
      const pid = await agentProcess.start();
      detail({ pid, start });
      agentReport.update({ pid, spawnedMs: clock.nowMs() });
    },
  };
}
