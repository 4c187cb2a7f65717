import type { InputProblem } from "../base/failure.ts";
import type { Config } from "./config.ts";
import type { Env } from "./env.ts";

type Auth = Config["agent"]["auth"];

/** OpenCode's own notation for a value of the environment. */
const FROM_ENV = /\{env:([^}]+)\}/g;

/** Replaces each `{env:NAME}` by its value in the environment. A name without a value is a problem. */
export function resolveAuth(auth: Auth, env: Env, source: string, problems: InputProblem[]): Auth {
  return mapAuth(auth, (text, key) =>
    text.replaceAll(FROM_ENV, (_, name: string) => {
      const value = env[name];
      if (value !== undefined && value !== "") return value;
      const expected = `a value of ${name} in the environment`;
      problems.push({ source, key: `agent.auth.${key}`, expected, found: "nothing" });
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
