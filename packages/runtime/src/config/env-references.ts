import type { InputProblem } from "../base/failure.ts";
import { mapAgents } from "./agents.ts";
import type { Env } from "./env.ts";
import type { ConfigFile } from "./schema.ts";

/** The whole value. As a part of a longer one it is OpenCode's own notation, and left to OpenCode. */
const REFERENCE = /^\{env:([^}]+)\}$/;

/**
 * Replaces `{env:NAME}`, where it is the whole value of a variable for a process or of a source of credentials, by the value
 * in the environment. A name without a value is a problem.
 *
 * @returns a new config.
 */
export function resolveEnvReferences(
  file: ConfigFile,
  env: Env,
  source: string,
  problems: InputProblem[],
): ConfigFile {
  const resolved = <T extends Readonly<Record<string, unknown>>>(record: T, key: string): T =>
    Object.fromEntries(
      Object.entries(record).map(([name, text]) => {
        const referred = typeof text === "string" ? REFERENCE.exec(text)?.[1] : undefined;
        if (referred === undefined) return [name, text];
        const value = env[referred] ?? "";
        if (value === "") {
          const expected = `a value of ${referred} in the environment`;
          problems.push({ source, key: `${key}.${name}`, expected, found: "nothing" });
        }
        return [name, value];
      }),
    ) as T;
  const within = <T extends { readonly env: Record<string, string> }>(part: T, key: string): T => ({
    ...part,
    env: resolved(part.env, `${key}.env`),
  });
  return {
    ...mapAgents(file, within),
    env: resolved(file.env, "env"),
    git: {
      ...file.git,
      credentials: file.git.credentials.map(({ from, ...credential }, at) => ({
        ...credential,
        from: resolved(from, `git.credentials[${at}].from`),
      })),
    },
    bridge: within(file.bridge, "bridge"),
    ...(file.codeServer && { codeServer: within(file.codeServer, "codeServer") }),
    ...(file.terminal && { terminal: within(file.terminal, "terminal") }),
    ...(file.desktop && { desktop: within(file.desktop, "desktop") }),
    ...(file.docker && { docker: within(file.docker, "docker") }),
    sidecars: file.sidecars.map((sidecar, at) => within(sidecar, `sidecars[${at}]`)),
  };
}
