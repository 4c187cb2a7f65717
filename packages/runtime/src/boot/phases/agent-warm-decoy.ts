import { agentDriver } from "../../agents/registry.ts";
import type { Config } from "../../config/config.ts";
import { whileRunning } from "../../process/supervise/wait.ts";
import type { BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "agentOf" | "untilIdle">;

/** The agent loses this much to its first request in a new folder when it is stuck; nobody waits for it. */
const TIMEOUT_MS = 60_000;

/**
 * Uses the time in which hooks still run: the agent loads what it loads late, in a folder of ours, and hears nothing of
 * the workspace (C2). It is given up as soon as the workspace can be opened, and tidied up when nobody waits for the agent. In
 * a seed it always runs to its end.
 */
export function agentWarmDecoy(config: Config): BootPhase | [] {
  const driver = agentDriver(config);
  const { process } = driver.warm;
  if (process === null || config.agent.start === "after-hooks") return [];
  return {
    plan: {
      id: "agent.warm:decoy",
      title: `Warm ${driver.name} up in a folder of our own`,
      needs: ["agent.home", "agent.listening"],
      ...(config.mode !== "seed" && { until: ["agent.session"] }),
      where: "main",
      required: false,
      timeoutMs: TIMEOUT_MS,
    },
    run: async ({ agentOf, untilIdle }: Parts, { output, signal, stopping, detail }) => {
      const agent = agentOf(config.agent);
      const { url } = output("agent.listening");
      const told = await whileRunning(agent.process, signal, (running) =>
        process({
          url,
          signal: running,
          onFirstRequest: () => agent.reads.rememberWarmUp(running),
          // Nobody waits for an agent that has gone down by itself.
          untilIdle: async () => (signal.aborted ? await untilIdle(stopping) : undefined),
        }),
      );
      detail({ ...told });
    },
  };
}
