import type { InputProblem } from "../base/failure.ts";
import { mapAgents } from "./agents.ts";
import type { Config } from "./config.ts";
import type { Env } from "./env.ts";
import type { ConfigFile } from "./schema.ts";

type Auth = Config["agent"]["auth"];

/** OpenCode's own notation for a value of the environment. */
const FROM_ENV = /\{env:([^}]+)\}/g;

/** The same config, with the credentials of every agent resolved. */
export function withAuth(
  file: ConfigFile,
  env: Env,
  source: string,
  problems: InputProblem[],
): ConfigFile {
  return mapAgents(file, (agent, key) => ({
    ...agent,
    auth: resolveAuth(agent.auth, env, { source, key }, problems),
  }));
}

/**
 * Replaces each `{env:NAME}` by its value in the environment. A name without a value is a problem.
 *
 * @param key - Where the agent stands, for messages.
 */
function resolveAuth(
  auth: Auth,
  env: Env,
  { source, key: at }: { readonly source: string; readonly key: string },
  problems: InputProblem[],
): Auth {
  return mapAuth(auth, (text, key) =>
    text.replaceAll(FROM_ENV, (_, name: string) => {
      const value = env[name];
      if (value !== undefined && value !== "") return value;
      const expected = `a value of ${name} in the environment`;
      problems.push({ source, key: `${at}.auth.${key}`, expected, found: "nothing" });
      return "";
    }),
  );
}

function mapAuth(auth: Auth, change: (text: string, key: string) => string): Auth {
  return Object.fromEntries(
    Object.entries(auth).map(([provider, entry]) => [
      provider,
      Object.fromEntries(
        Object.entries(entry).map(([name, value]) => [
          name,
          typeof value === "string" ? change(value, `${provider}.${name}`) : value,
        ]),
      ),
    ]),
  );
}
