import { randomBytes } from "node:crypto";
import { authorizationOf, PASSWORD } from "../../acp-server/contract.ts";
import type { Config } from "../../config/config.ts";
import type { AgentDriver } from "../driver.ts";

/** Bytes of a password that nobody has to type. */
const PASSWORD_BYTES = 24;

/** The same config, with a new password for the server before the agent: every user of the machine may ask its port. */
export function withAcpPassword(config: Config): Config {
  const { agent } = config;
  const password = randomBytes(PASSWORD_BYTES).toString("base64url");
  return { ...config, agent: { ...agent, env: { ...agent.env, [PASSWORD]: password } } };
}

export function acpAccess({ agent }: Config): AgentDriver["access"] {
  const password = agent.env[PASSWORD] ?? "";
  return { env: { [PASSWORD]: password }, headers: { authorization: authorizationOf(password) } };
}
