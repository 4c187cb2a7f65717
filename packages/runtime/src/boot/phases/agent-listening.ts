import { agentDriver } from "../../agents/registry.ts";
import type { Config } from "../../config/config.ts";
import type { BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "clock" | "agentProcess" | "agentReport">;

/** Waits until the agent's HTTP handler answers. A bound port alone proves nothing (docs/opencode-facts.md#late-handler). */
export function agentListening(config: Config): BootPhase<"agent.listening"> {
  const driver = agentDriver(config);
  const { port, readySeconds } = config.agent;
  return {
    plan: {
      id: "agent.listening",
      title: `${driver.name} answers`,
      needs: ["agent.spawn"],
      where: "main",
      required: true,
    },
    run: async ({ clock, agentProcess, agentReport }: Parts, { signal, detail, waitingFor }) => {
      waitingFor(`${driver.name} to answer on port ${port}, at most ${readySeconds} s`);
      const { by, attempts, lagMs } = await agentProcess.up(signal);
      const url = new URL(`http://127.0.0.1:${port}`);
      detail({ by, attempts, lagMs });
      agentReport.update({ url: url.href, listeningMs: clock.nowMs() });
      return { url };
    },
  };
}
