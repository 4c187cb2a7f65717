import { prefetch as readAhead } from "@sandboot/stager";
import { agentDriver } from "../../agents/registry.ts";
import type { Config } from "../../config/config.ts";
import { findProgram } from "../../process/find-program.ts";
import { FILE_WORK_MS } from "./limits.ts";
import type { BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "pool">;

/** Reads the agent's program into the page cache while the agent has to wait. */
export function prefetch(config: Config): BootPhase | [] {
  if (!pays(config)) return [];
  return {
    plan: {
      id: "prefetch",
      title: "Read the agent's program ahead",
      needs: [],
      // From then on the agent reads it itself.
      until: ["agent.spawn"],
      where: "workers",
      required: false,
      timeoutMs: FILE_WORK_MS,
    },
    run: async ({ pool }: Parts, { signal, detail, skip }) => {
      const program = await findProgram(agentDriver(config).program, config.env);
      if (program === null) {
        skip("the agent's program is not on PATH");
        return;
      }
      const { bytes, cancelled } = await readAhead({ pool, paths: [program], signal });
      detail({ bytes, cancelled });
    },
  };
}

/** An agent that starts at once reads its program itself. Reading it ahead would only take a core (decision 3). */
function pays({ agent: { prefetch: wanted, start } }: Config): boolean {
  return wanted === "always" || (wanted === "auto" && start === "after-hooks");
}
