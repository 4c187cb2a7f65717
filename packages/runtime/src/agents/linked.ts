import { homeOf } from "../config/agents.ts";
import type { Config } from "../config/config.ts";
import { agentDriver } from "./registry.ts";

/**
 * Which of the config folders that an agent reads it gets packages into. Workspaces are linked for the first agent that has
 * packages, and each home for the first one that lives there; `nothing` also for an agent that has none.
 */
export type Linked = "workspaces and home" | "home" | "nothing";

/** @param earlier - The agents before it. */
export function linkedBy(config: Config, earlier: readonly Config[]): Linked {
  const hasPackages = (one: Config) => agentDriver(one).packages !== null;
  if (!hasPackages(config)) return "nothing";
  const others = earlier.filter(hasPackages);
  if (others.length === 0) return "workspaces and home";
  return others.some(({ agent }) => homeOf(agent) === homeOf(config.agent)) ? "nothing" : "home";
}
