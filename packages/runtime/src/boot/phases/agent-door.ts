import { agentDriver } from "../../agents/registry.ts";
import { messageOf } from "../../base/failed.ts";
import { agentName } from "../../config/agents.ts";
import type { Config } from "../../config/config.ts";
import type { BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "agentOf">;

/**
 * Lets prompts in to an agent beside the primary one, when that agent has opened the workspace and the sandbox is ready (C3). An
 * agent that has not opened it gets none, until a restart does.
 */
export function agentDoor(config: Config): BootPhase | [] {
  const { agent, agentDirectory } = config;
  if (agent.isPrimary) return [];
  const driver = agentDriver(config);
  const session = agentName("agent.session", agent);
  return {
    plan: {
      id: agentName("agent.door", agent),
      title: `Open /agents/${agent.id}/`,
      needs: [session, "ready"],
      where: "main",
      required: false,
      timeoutMs: DOOR_MS,
    },
    run: async ({ agentOf }: Parts, { outputIfDone, skip, detail, signal }) => {
      const { process, openDoor, shutDoor } = agentOf(agent);
      if (outputIfDone(session) == null) {
        const reason = "has not opened the workspace";
        shutDoor(agentDirectory, reason);
        skip(`${driver.name} ${reason}`);
        return;
      }
      try {
        await process.up(signal);
        detail({ heldUntilNow: await openDoor(agentDirectory, signal) });
      } catch (error) {
        shutDoor(agentDirectory, `does not run: ${messageOf(error)}`);
        throw error;
      }
    },
  };
}

/** The agent may just be starting again. */
const DOOR_MS = 120_000;
