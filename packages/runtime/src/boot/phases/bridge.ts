import type { Config } from "../../config/config.ts";
import type { BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "openBridge">;

/** Lets prompts in, last of all. Those that came early have waited (C3). */
export function bridge(config: Config): BootPhase<"bridge"> {
  return {
    plan: {
      id: "bridge",
      title: "Open the bridge",
      needs: ["agent.session"],
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
