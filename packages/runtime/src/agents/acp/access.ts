import { authorizationOf, PASSWORD } from "../../acp-server/contract.ts";
import { randomPassword } from "../../base/random.ts";
import type { Config } from "../../config/config.ts";
import type { AgentDriver } from "../driver.ts";

/** The same config, with a new password for the server before the agent: every user of the machine may ask its port. */
export function withAcpPassword(config: Config): Config {
  const { agent } = config;
  return { ...config, agent: { ...agent, env: { ...agent.env, [PASSWORD]: randomPassword() } } };
}

export function acpAccess({ agent }: Config): AgentDriver["access"] {
  const password = agent.env[PASSWORD] ?? "";
  return { env: { [PASSWORD]: password }, headers: { authorization: authorizationOf(password) } };
}
