import { rm } from "node:fs/promises";
import type { Contender } from "../../lib/alternate.ts";
import type { BootSample } from "../sample.ts";
import type { Workbench } from "../workbench.ts";

/** A contender that finds the checkout some commits behind its origin, and gets an empty folder that is gone afterwards. */
export function inFreshFolder(
  workbench: Workbench,
  id: string,
  run: (folder: string, signal: AbortSignal) => Promise<BootSample>,
): Contender<BootSample> {
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
