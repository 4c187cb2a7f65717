import type { Config } from "../config/config.ts";
import { commandDriver } from "./command.ts";
import type { AgentDriver } from "./driver.ts";
import { withServerPassword } from "./opencode/server-access.ts";
import { openCodeDriver } from "./opencode.ts";

/** Every agent there is: a new one is a file in this folder and a line here. */
const drivers = {
  opencode: openCodeDriver,
  command: commandDriver,
} as const satisfies Record<Config["agent"]["kind"], (config: Config) => AgentDriver>;

/** The config of one sandbox, with a password for its agent's server, where the agent can ask for one. */
export function withAgentAccess(config: Config): Config {
  return config.agent.kind === "opencode" ? withServerPassword(config) : config;
}

/** The agent that a config asks for. */
export function agentDriver(config: Config): AgentDriver {
  return drivers[config.agent.kind](config);
}
