import type { Config } from "../../config/config.ts";
import { sidecarsOf } from "../../sidecars/list.ts";
import { restartOutdatedSidecars } from "./outdated.ts";
import type { BootParts, BootPhase } from "./phase.ts";

type Parts = Pick<BootParts, "agents" | "processes" | "pool">;

/**
 * Gives the sidecars of a seed what the binding holds for them: files that they read while they run, and to those that read
 * a value at their start a new start (C15). It runs beside sync, hooks and the agents' sessions.
 */
export function binding(config: Config): BootPhase | [] {
  if (config.bound === null) return [];
  return {
    plan: {
      id: "binding",
      title: "Give the sidecars their binding",
      needs: [],
      where: "main",
      required: true,
    },
    run: async (parts: Parts, { signal, detail }) => {
      // The phases after the hooks need it, and would wait for its start.
      parts.pool.wake();
      await tellSidecars(config);
      signal.throwIfAborted();
      detail({ restarted: await restartOutdatedSidecars(parts) });
    },
  };
}

/** Writes what sidecars read while they run. */
export async function tellSidecars(config: Config): Promise<void> {
  for (const sidecar of sidecarsOf(config)) await sidecar.takeBinding();
}
