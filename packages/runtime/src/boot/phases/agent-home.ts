import { agentPathsOf } from "../../agents/paths.ts";
import { agentDriver } from "../../agents/registry.ts";
import { agentName } from "../../config/agents.ts";
import type { Config } from "../../config/config.ts";
import { startHookIds } from "./hook.ts";
import { FILE_WORK_MS } from "./limits.ts";
import type { BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "agentOf">;

/** Prepares the files that the agent reads, besides the stage, and remembers what it will find (C4). */
export function agentHome(config: Config): BootPhase<"agent.home"> {
  const driver = agentDriver(config);
  return {
    plan: {
      id: agentName("agent.home", config.agent),
      title: `Prepare the files of ${driver.name}`,
      needs: ["stage", ...(config.agent.start === "speculative" ? [] : startHookIds(config))],
      where: "main",
      required: config.agent.isPrimary,
      timeoutMs: FILE_WORK_MS,
    },
    run: async ({ agentOf }: Parts, { signal, warn }) => {
      const { packages, reads } = agentOf(config.agent);
      await driver.prepareHome(agentPathsOf(config), { packages, signal, warn });
      await reads.remember(signal);
      return { isPrepared: true };
    },
  };
}
