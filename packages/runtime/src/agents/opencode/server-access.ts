import { randomPassword } from "../../base/random.ts";
import type { Config } from "../../config/config.ts";

const PASSWORD = "OPENCODE_SERVER_PASSWORD";
const USERNAME = "OPENCODE_SERVER_USERNAME";

/** OpenCode's own default. */
const DEFAULT_USERNAME = "opencode";

/** What OpenCode's server asks of its clients (docs/opencode-facts.md#server-password). */
export interface ServerAccess {
  /** Variables of its process. */
  readonly env: Readonly<Record<string, string>>;
  /** Headers of every request; none when the server is open. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The same config, with a new password for OpenCode's server where the user has set none: without one, every user of the
 * machine may use the port. An empty password of the user's leaves the server open.
 */
export function withServerPassword(config: Config): Config {
  const { agent, env } = config;
  if (agent.env[PASSWORD] !== undefined || env[PASSWORD] !== undefined) return config;
  return { ...config, agent: { ...agent, env: { ...agent.env, [PASSWORD]: randomPassword() } } };
}

/**
 * The access that the configuration decides on. `agent.envFile` cannot change it, because a hook may write that file while
 * the process runs.
 */
export function serverAccess({ agent, env }: Config): ServerAccess {
  const password = agent.env[PASSWORD] ?? env[PASSWORD] ?? "";
  const username = agent.env[USERNAME] ?? env[USERNAME] ?? DEFAULT_USERNAME;
  const basic = Buffer.from(`${username}:${password}`).toString("base64");
  return {
    env: { [PASSWORD]: password, [USERNAME]: username },
    headers: password === "" ? {} : { authorization: `Basic ${basic}` },
  };
}
