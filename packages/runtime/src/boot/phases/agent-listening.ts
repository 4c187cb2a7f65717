import type { Boot } from "./boot.ts";
import type { BootPhase } from "./outputs.ts";

/** Waits until the agent's HTTP handler answers; a bound port alone says nothing (DESIGN fact 2). */
export function agentListening(boot: Boot): BootPhase {
  const { agentProcess, agentReport, config } = boot;
  return {
    id: "agent.listening",
    title: `${boot.agent.name} answers`,
    needs: ["agent.spawn"],
    where: "main",
    required: true,
    run: async ({ signal, detail }) => {
      const readiness = await agentProcess.up(signal);
      const url = new URL(`http://127.0.0.1:${config.agent.port}`);
      detail({ by: readiness.by, attempts: readiness.attempts, lagMs: readiness.lagMs });
      agentReport.update({ url: url.href, listeningMs: boot.clock.nowMs() });
      return { url };
    },
  };
}
