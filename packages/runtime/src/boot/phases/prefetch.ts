import { prefetch as readAhead } from "@sandboot/stager";
import type { Boot } from "./boot.ts";
import type { BootPhase } from "./outputs.ts";

/** Reads the agent's program into the page cache while others wait; over as soon as the agent itself reads it. */
export function prefetch(boot: Boot): BootPhase {
  return {
    id: "prefetch",
    title: "Read the agent's program ahead",
    needs: [],
    where: "workers",
    required: false,
    run: async ({ signal, detail }) => {
      const program = await boot.agentProgram();
      if (program === null) {
        detail({ skipped: "the agent's program is not on PATH" });
        return { bytes: 0 };
      }
      const result = await readAhead({
        pool: boot.pool,
        paths: [program],
        signal: AbortSignal.any([signal, boot.prefetchOver.signal]),
      });
      detail({ bytes: result.bytes, cancelled: result.cancelled });
      return { bytes: result.bytes };
    },
  };
}
