import type { InputProblem } from "../base/failure.ts";
import type { Env } from "./env.ts";
import type { ConfigFile } from "./schema.ts";

/** The whole value of a variable. As a part of a longer one it is OpenCode's own notation, and left to OpenCode. */
const REFERENCE = /^\{env:([^}]+)\}$/;

/**
 * Replaces `{env:NAME}`, where it is the whole value of a variable for a process, by the value in the environment. A name
 * without a value is a problem.
 *
 * @returns a new config.
 */
export function resolveEnvReferences(
  file: ConfigFile,
  env: Env,
  source: string,
  problems: InputProblem[],
): ConfigFile {
  const resolved = (record: Readonly<Record<string, string>>, key: string) =>
    Object.fromEntries(
      Object.entries(record).map(([name, text]) => {
        const referred = REFERENCE.exec(text)?.[1];
        if (referred === undefined) return [name, text];
        const value = env[referred] ?? "";
        if (value === "") {
          const expected = `a value of ${referred} in the environment`;
          problems.push({ source, key: `${key}.${name}`, expected, found: "nothing" });
        }
        return [name, value];
      }),
    );
  const within = <T extends { readonly env: Record<string, string> }>(part: T, key: string): T => ({
    ...part,
    env: resolved(part.env, `${key}.env`),
  });
  return {
    ...file,
    env: resolved(file.env, "env"),
    agent: within(file.agent, "agent"),
    bridge: within(file.bridge, "bridge"),
    ...(file.codeServer && { codeServer: within(file.codeServer, "codeServer") }),
    ...(file.terminal && { terminal: within(file.terminal, "terminal") }),
    ...(file.desktop && { desktop: within(file.desktop, "desktop") }),
    ...(file.docker && { docker: within(file.docker, "docker") }),
    sidecars: file.sidecars.map((sidecar, at) => within(sidecar, `sidecars[${at}]`)),
  };
}
