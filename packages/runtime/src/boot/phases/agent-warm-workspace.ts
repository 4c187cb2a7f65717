import { agentDriver } from "../../agents/registry.ts";
import type { Config } from "../../config/config.ts";
import { whileRunning } from "../../process/supervise/wait.ts";
import type { BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "agentOf" | "reachWarm">;

/** A large workspace takes seconds; an agent that never answers must not keep the phase open. */
const TIMEOUT_MS = 120_000;

/** Makes the workspace's instance work before anybody needs it. The first prompt ends it, and waits for nothing; so does a freeze. */
export function agentWarmWorkspace(config: Config): BootPhase | [] {
  const driver = agentDriver(config);
  const { workspace } = driver.warm;
  if (workspace === null) return [];
  return {
    plan: {
      id: "agent.warm:workspace",
      title: `Warm ${driver.name} up in the workspace`,
      needs: ["agent.listening", "ready"],
      until: ["prompt", "freeze"],
      where: "main",
      required: false,
      timeoutMs: TIMEOUT_MS,
    },
    run: async ({ agentOf, reachWarm }: Parts, { output, signal }) => {
      const { url } = output("agent.listening");
      const directory = config.agentDirectory;
      await whileRunning(agentOf(config.agent).process, signal, (running) =>
        workspace({ url, directory, signal: running }),
      );
      reachWarm();
    },
  };
}
