import { agentPathsOf } from "../../agents/paths.ts";
import { agentDriver } from "../../agents/registry.ts";
import type { Config } from "../../config/config.ts";
import { startHookIds } from "./hook.ts";
import { FILE_WORK_MS } from "./limits.ts";
import type { BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "agentReads" | "packages">;

/** Prepares the files that the agent reads, besides the stage, and remembers what it will find (C4). */
export function agentHome(config: Config): BootPhase {
  const driver = agentDriver(config);
  return {
    plan: {
      id: "agent.home",
      title: `Prepare the files of ${driver.name}`,
      needs: ["stage", ...(config.agent.start === "speculative" ? [] : startHookIds(config))],
      where: "main",
      required: true,
      timeoutMs: FILE_WORK_MS,
    },
    run: async ({ agentReads, packages }: Parts, { signal, warn }) => {
      await driver.prepareHome(agentPathsOf(config), { packages, signal, warn });
      await agentReads.remember(signal);
    },
  };
}
