import type { InputProblem } from "../base/failure.ts";
import type { Config } from "./config.ts";
import { DESKTOP_IDS, DOCKER_ID } from "./service-schema.ts";

/** Names of processes that are not sidecars. */
const RESERVED = ["agent", "bridge"];

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1|\[::1\])$/;

/** Finds values of sidecars that are valid by themselves but contradict each other. */
export function sidecarProblems(config: Config, source: string): InputProblem[] {
  const { codeServer, terminal, desktop, docker } = config;
  // Those of a boot have the built-in services among them.
  const { sidecars } = config.written.file;
  const problems: InputProblem[] = [];
  const services = [
    ...(desktop === null ? [] : DESKTOP_IDS),
    ...(docker === null ? [] : [DOCKER_ID]),
  ];
  const ids = new Set([
    ...RESERVED,
    ...services,
    ...(codeServer === null ? [] : ["code-server"]),
    ...(terminal === null ? [] : ["ttyd"]),
  ]);
  const possible = [...services, ...sidecars.map(({ id }) => id)];
  for (const { id, port, readiness, after } of sidecars) {
    const stranger = after.find((name) => !possible.includes(name));
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
  problems.push(...doorProblems(config, source));
  return problems;
}

/** The editor and the terminal of a seed admit nobody before the binding, which has to bring password and token. */
function doorProblems(config: Config, source: string): InputProblem[] {
  const { codeServer, terminal, desktop, bridge, bound } = config;
  const problems: InputProblem[] = [];
  const lacks = (key: string, expected: string, found = "nothing") =>
    problems.push({ source, key, expected, found });
  if (config.mode === "seed" && bound === null) {
    if (desktop?.password !== undefined) {
      lacks("desktop.password", "nothing in a seed: a tenant has bridge.token", "one");
    }
    return problems;
  }
  const isOpen = codeServer !== null && codeServer.password === undefined;
  if (isOpen && !LOOPBACK.test(codeServer.host)) {
    const { host } = codeServer;
    if (bound !== null) lacks("codeServer.password", `one, because codeServer.host is ${host}`);
    else {
      const expected = "a loopback address, or a password (CODE_SERVER_PASSWORD)";
      lacks("codeServer.host", expected, `"${host}" without a password`);
    }
  }
  const isBare = desktop?.password === undefined && bridge.token === null;
  if (desktop !== null && isBare && !LOOPBACK.test(desktop.host)) {
    const expected = "a loopback address, a password (VNC_PASSWORD), or bridge.token";
    lacks("desktop.host", expected, `"${desktop.host}" without either`);
  }
  if (terminal?.proxyPort !== undefined && bridge.token === null) {
    if (bound !== null) lacks("tokens.bridge", "one, because terminal.proxyPort asks for it");
    else {
      const expected = "bridge.token (SANDBOX_AUTH_TOKEN), which it asks for";
      lacks("terminal.proxyPort", expected, "no token");
    }
  }
  return problems;
}
