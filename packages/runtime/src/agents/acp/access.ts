import { authorizationOf, PASSWORD } from "../../acp-server/contract.ts";
import { randomPassword } from "../../base/random.ts";
import type { Config } from "../../config/config.ts";
import type { AgentDriver } from "../driver.ts";
import { presetOf } from "./presets/index.ts";

/**
 * The same config, with new passwords for the server before the agent, and for the agent's own: every user of the machine may
 * ask their ports.
 */
export function withAcpPassword(given: Config): Config {
  const config = presetOf(given.agent).http?.withPassword(given) ?? given;
  const { agent } = config;
  return { ...config, agent: { ...agent, env: { ...agent.env, [PASSWORD]: randomPassword() } } };
}

export function acpAccess({ agent }: Config): AgentDriver["access"] {
  const password = agent.env[PASSWORD] ?? "";
  return { env: { [PASSWORD]: password }, headers: { authorization: authorizationOf(password) } };
}
