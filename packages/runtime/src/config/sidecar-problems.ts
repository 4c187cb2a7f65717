import type { InputProblem } from "../base/failure.ts";
import type { Config } from "./config.ts";

/** Names of processes that are not sidecars. */
const RESERVED = ["agent", "bridge"];

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1|\[::1\])$/;

/** Finds values of sidecars that are valid by themselves but contradict each other. */
export function sidecarProblems(config: Config, source: string): InputProblem[] {
  const { sidecars, codeServer, terminal, bridge } = config;
  const problems: InputProblem[] = [];
  const ids = new Set([
    ...RESERVED,
    ...(codeServer === null ? [] : ["code-server"]),
    ...(terminal === null ? [] : ["ttyd"]),
  ]);
  for (const { id, port, readiness, after } of sidecars) {
    const stranger = after.find((name) => !sidecars.some((other) => other.id === name));
    if (stranger !== undefined) {
      const key = `sidecars.${id}.after`;
      problems.push({ source, key, expected: "ids in sidecars", found: `"${stranger}"` });
    }
    if (ids.has(id)) {
      const found = `"${id}", which is another process's`;
      problems.push({ source, key: "sidecars", expected: "an id of its own", found });
    }
    ids.add(id);
    const asked = readiness !== undefined && ("http" in readiness || "tcp" in readiness);
    if (asked && port === undefined) {
      const key = `sidecars.${id}.port`;
      problems.push({ source, key, expected: "the port that readiness asks", found: "nothing" });
    }
  }
  // The editor and the terminal of a seed admit nobody before the binding, which has to bring password and token.
  const isUnbound = config.mode === "seed" && config.bound === null;
  const isOpen = codeServer !== null && codeServer.password === undefined && !isUnbound;
  if (isOpen && !LOOPBACK.test(codeServer.host)) {
    problems.push({
      source,
      key: "codeServer.host",
      expected: "a loopback address, or a password (CODE_SERVER_PASSWORD)",
      found: `"${codeServer.host}" without a password`,
    });
  }
  if (terminal?.proxyPort !== undefined && bridge.token === null && !isUnbound) {
    problems.push({
      source,
      key: "terminal.proxyPort",
      expected: "bridge.token (SANDBOX_AUTH_TOKEN), which it asks for",
      found: "no token",
    });
  }
  return problems;
}
