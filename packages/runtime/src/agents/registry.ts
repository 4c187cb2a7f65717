import type { Config } from "../config/config.ts";
import { commandDriver } from "./command.ts";
import type { AgentDriver } from "./driver.ts";
import { openCodeDriver } from "./opencode.ts";

/** Every agent there is: a new one is a file in this folder and a line here. */
const drivers = {
  opencode: openCodeDriver,
  command: commandDriver,
} as const satisfies Record<Config["agent"]["kind"], (config: Config) => AgentDriver>;

/** The agent that a config asks for. */
export function agentDriver(config: Config): AgentDriver {
  return drivers[config.agent.kind](config);
}
