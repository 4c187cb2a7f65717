import { agentDriver } from "../../agents/registry.ts";
import { agentName } from "../../config/agents.ts";
import type { Config } from "../../config/config.ts";
import type { BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "clock" | "agentOf">;

/** Waits until the agent's HTTP handler answers. A bound port alone proves nothing (docs/opencode-facts.md#late-handler). */
export function agentListening(config: Config): BootPhase<"agent.listening"> {
  const driver = agentDriver(config);
  const { port, readySeconds } = config.agent;
  return {
    plan: {
      id: agentName("agent.listening", config.agent),
      title: `${driver.name} answers`,
      needs: [agentName("agent.spawn", config.agent)],
      where: "main",
      required: config.agent.isPrimary,
    },
    run: async ({ clock, agentOf }: Parts, context) => {
      const { signal, detail, waitingFor, outputIfDone, skip } = context;
      const url = new URL(`http://127.0.0.1:${port}`);
      if (outputIfDone(agentName("agent.spawn", config.agent)) == null) {
        skip(`${driver.name} was not started`);
        return { url };
      }
      const { process, report } = agentOf(config.agent);
      waitingFor(`${driver.name} to answer on port ${port}, at most ${readySeconds} s`);
      const { by, attempts, lagMs } = await process.up(signal);
      detail({ by, attempts, lagMs });
      report.update({ url: url.href, listeningMs: clock.nowMs() });
      return { url };
    },
  };
}
