import { agentDriver } from "../../agents/registry.ts";
import { agentKey, agentName } from "../../config/agents.ts";
import type { Config } from "../../config/config.ts";
import { assertPortFree } from "../../process/ports.ts";
import { startHookIds } from "./hook.ts";
import { FILE_WORK_MS } from "./limits.ts";
import type { BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "clock" | "agentOf">;

/**
 * Starts the agent's process in an empty folder, where it can read nothing of a repository (C2): first of all where the
 * agent allows it, else when its files are in place. Of several agents the primary one is the first.
 *
 * @param earlier - The agents before it.
 */
export function agentSpawn(config: Config, earlier: readonly Config[]): BootPhase<"agent.spawn"> {
  const driver = agentDriver(config);
  const { start, port, isPrimary } = config.agent;
  const home = agentName("agent.home", config.agent);
  return {
    plan: {
      id: agentName("agent.spawn", config.agent),
      title: `Start ${driver.name}`,
      needs: [
        ...(driver.startsBesideStage ? [] : [home]),
        ...(start === "speculative" ? [] : startHookIds(config)),
        ...earlier
          .filter(({ agent }) => agent.start === "speculative")
          .map(({ agent }) => agentName("agent.spawn", agent)),
      ],
      where: "main",
      required: isPrimary,
      timeoutMs: FILE_WORK_MS,
    },
    run: async ({ clock, agentOf }: Parts, { detail, skip, outputIfDone }) => {
      if (!driver.startsBesideStage && outputIfDone(home) === undefined) {
        skip(`the files of ${driver.name} are not prepared`);
        return null;
      }
      const { process, report } = agentOf(config.agent);
      // The primary one's was looked at before the boot.
      if (!isPrimary) await assertPortFree(port, `${agentKey(config.agent)}.port`);
      // The process has read nothing of the workspace yet: if it crashes now, a new one is as good.
      process.supervise();
      const pid = await process.start();
      detail({ pid, start });
      report.update({ pid, spawnedMs: clock.nowMs() });
      return { pid };
    },
  };
}
