import { agentPathsOf } from "../../agents/paths.ts";
import { agentDriver } from "../../agents/registry.ts";
import { agentName } from "../../config/agents.ts";
import type { Config } from "../../config/config.ts";
import { restartOutdatedAgent } from "./outdated.ts";
import type { BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "agentOf">;

/**
 * Gives an agent of a seed what the binding holds for it: files that it reads while it runs, and a new start when it read a value at
 * its start that is another one now (C15). It runs beside sync, hooks and the other agents.
 */
export function agentBinding(config: Config): BootPhase<"agent.binding"> | [] {
  if (config.bound === null) return [];
  const driver = agentDriver(config);
  return {
    plan: {
      id: agentName("agent.binding", config.agent),
      title: `Give ${driver.name} its binding`,
      needs: [],
      where: "main",
      required: config.agent.isPrimary,
    },
    run: async ({ agentOf }: Parts, { signal, detail }) => {
      const undo = await driver.takeBinding(agentPathsOf(config));
      try {
        signal.throwIfAborted();
        const learns = (changes: readonly string[]) => driver.takesWhileRunning(changes);
        detail({
          restarted: await restartOutdatedAgent(agentOf(config.agent), { signal, learns }),
        });
      } catch (error) {
        await undo();
        throw error;
      }
      return { undo };
    },
  };
}
