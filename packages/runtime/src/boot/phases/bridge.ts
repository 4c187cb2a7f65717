import type { Config } from "../../config/config.ts";
import { binding } from "./binding.ts";
import { FILE_WORK_MS } from "./limits.ts";
import type { BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "openBridge">;

/**
 * Starts a bridge that is to tell of the boot while it goes on. It can reach the agent only by the gate, which the phase
 * `bridge` opens (C3).
 */
export function bridgeStart({ bridge }: Config): BootPhase | [] {
  if (bridge.command === undefined || bridge.start !== "first") return [];
  return {
    plan: {
      id: "bridge.start",
      title: "Start the bridge",
      needs: [],
      where: "main",
      required: true,
      timeoutMs: FILE_WORK_MS,
    },
    run: async ({ startBridge }: Pick<BootParts, "startBridge">, { detail }) => {
      detail({ pid: await startBridge() });
    },
  };
}

/** Lets prompts in, last of all. Those that came early have waited (C3). */
export function bridge(config: Config): BootPhase<"bridge"> {
  return {
    plan: {
      id: "bridge",
      title: "Open the bridge",
      needs: [
        ...[bridgeStart, binding].flatMap((make) => make(config)).map(({ plan }) => plan.id),
        "agent.session",
      ],
      where: "main",
      required: true,
    },
    run: async ({ openBridge }: Parts, { detail, signal }) => {
      const { held, url } = await openBridge(config.agentDirectory, signal);
      detail({ url, heldUntilNow: held });
      return { url };
    },
  };
}
