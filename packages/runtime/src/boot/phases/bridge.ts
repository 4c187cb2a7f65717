import type { Boot } from "./boot.ts";
import type { BootPhase } from "./outputs.ts";

/** Lets prompts in, last of all; those that came early have waited at the door (C3). */
export function bridge(boot: Boot): BootPhase {
  return {
    id: "bridge",
    title: "Open the bridge",
    needs: ["agent.session"],
    where: "main",
    required: true,
    run: async ({ output, detail, signal }) => {
      output("agent.session");
      const { held, url } = await boot.openBridge(boot.config.agentDirectory, signal);
      detail({ url, heldUntilNow: held });
      return { url };
    },
  };
}
