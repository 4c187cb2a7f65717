import type { Boot } from "./boot.ts";
import type { BootPhase } from "./outputs.ts";

/** Starts the agent's process in a neutral folder, where it can read nothing of a repository (C2). */
export function agentSpawn(boot: Boot): BootPhase {
  const { agent, agentPaths, agentProcess, agentReads, config } = boot;
  const speculative = config.agent.start === "speculative";
  return {
    id: "agent.spawn",
    title: `Start ${agent.name}`,
    needs: ["stage", ...(speculative ? [] : boot.hookIds)],
    where: "main",
    required: true,
    run: async ({ signal, detail }) => {
      await agent.prepareHome(agentPaths, signal);
      await agentReads.remember(signal);
      boot.prefetchOver.abort();
      // It has read nothing of the workspace: when it ends now, another one is as good.
      agentProcess.supervise();
      const pid = await agentProcess.start();
      detail({ pid, start: config.agent.start });
      boot.agentReport.update({ pid, spawnedMs: boot.clock.nowMs() });
      return { pid };
    },
  };
}
