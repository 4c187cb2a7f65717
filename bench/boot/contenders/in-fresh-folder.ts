import { rm } from "node:fs/promises";
import type { Contender } from "../../lib/alternate.ts";
import type { Workbench } from "../workbench.ts";

/** A contender that finds the checkout some commits behind its origin, and gets an empty folder that is gone afterwards. */
export function inFreshFolder<Sample>(
  workbench: Workbench,
  id: string,
  run: (folder: string, signal: AbortSignal) => Promise<Sample>,
): Contender<Sample> {
  return {
    id,
    run: async (round, signal) => {
      await workbench.resetCheckout();
      const folder = await workbench.freshFolder(`${id}-${round}`);
      try {
        return await run(folder, signal);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}
