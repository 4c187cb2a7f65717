import { eachAgent } from "../config/agents.ts";
import type { Config } from "../config/config.ts";
import { withAcpPassword } from "./acp/access.ts";
import { acpDriver } from "./acp.ts";
import { commandDriver } from "./command.ts";
import type { AgentDriver } from "./driver.ts";
import { withServerPassword } from "./opencode/server-access.ts";
import { openCodeDriver } from "./opencode.ts";

/** Every agent there is: a new one is a file in this folder and a line here. */
const drivers = {
  opencode: openCodeDriver,
  acp: acpDriver,
  command: commandDriver,
} as const satisfies Record<Config["agent"]["kind"], (config: Config) => AgentDriver>;

/** The config of one sandbox, with a password for each agent's server, where the agent can ask for one. */
export function withAgentAccess(config: Config): Config {
  const [primary = config, ...others] = eachAgent(config).map(withAccess);
  return { ...config, agent: primary.agent, otherAgents: others.map(({ agent }) => agent) };
}

function withAccess(config: Config): Config {
  switch (config.agent.kind) {
    case "opencode":
      return withServerPassword(config);
    case "acp":
      return withAcpPassword(config);
    case "command":
      return config;
    default:
      return config.agent.kind satisfies never;
  }
}

/** The agent that a config asks for. */
export function agentDriver(config: Config): AgentDriver {
  return drivers[config.agent.kind](config);
}
