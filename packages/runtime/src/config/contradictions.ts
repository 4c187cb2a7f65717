import type { InputProblem } from "../base/failure.ts";
import { agentProblems } from "./agent-problems.ts";
import type { Config } from "./config.ts";
import { portsOf } from "./ports.ts";
import { sidecarProblems } from "./sidecar-problems.ts";

/** Finds values that are valid by themselves but contradict each other. */
export function contradictions(config: Config, source: string): InputProblem[] {
  const problems = repositoryContradictions(config, source);
  problems.push(...sidecarProblems(config, source));
  problems.push(...agentProblems(config, source));
  problems.push(...credentialContradictions(config, source));
  // A seed lets nobody in before its binding, which has to bring the token.
  const mayLackToken = config.mode === "seed" && config.bound === null;
  if (!isLoopback(config.bridge.host) && config.bridge.token === null && !mayLackToken) {
    problems.push({
      source,
      key: config.bound === null ? "bridge.token" : "tokens.bridge",
      expected: `a token (or SANDBOX_AUTH_TOKEN), because bridge.host is ${config.bridge.host}`,
      found: "nothing",
    });
  }
  const ports = new Map<number, string>();
  for (const { key, port } of portsOf(config)) {
    const other = ports.get(port);
    if (other !== undefined) {
      problems.push({ source, key, expected: "a port of its own", found: `${port}, as ${other}` });
    }
    ports.set(port, key);
  }
  return problems;
}

/** The same for repositories. */
function repositoryContradictions(config: Config, source: string): InputProblem[] {
  const problems: InputProblem[] = [];
  const names = config.repositories.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    problems.push({
      source,
      key: "repositories",
      expected: "a name once",
      found: `"${twice}" twice`,
    });
  }
  const outside = [
    ["stage.target", config.stageTarget],
    ["stateDir", config.stateDir],
    ["build.record", config.buildRecord],
  ] as const;
  for (const [index, { name, path }] of config.repositories.entries()) {
    const key = `repositories.${index}.path`;
    if (!isInside(path, config.workspace)) {
      problems.push({ source, key, expected: "a folder in the workspace", found: path });
    }
    const other = config.repositories.find(
      (candidate) => candidate.name !== name && isInside(candidate.path, path),
    );
    if (other !== undefined) {
      const found = `one with repository "${other.name}" in it (${path})`;
      problems.push({ source, key, expected: "a folder of its own", found });
    }
    const inside = outside.find(([, folder]) => isInside(folder, path));
    if (inside !== undefined) {
      problems.push({
        source,
        key: inside[0],
        expected: "a folder outside every repository",
        found: `a folder inside repository "${name}" (${path})`,
      });
    }
  }
  return problems;
}

function credentialContradictions({ git }: Config, source: string): InputProblem[] {
  const hosts = git.credentials.map(({ host }) => host);
  return git.credentials.flatMap(({ host, from }, at) => {
    const key = `git.credentials.${at}`;
    const kinds = (["url", "file", "command", "password"] as const).filter(
      (kind) => from[kind] !== undefined,
    );
    const wrong = (name: string, expected: string, found: string) => [
      { source, key: `${key}.${name}`, expected, found },
    ];
    return [
      ...(kinds.length === 1
        ? []
        : wrong("from", "one of url, file, command and password", kinds.join(", ") || "none")),
      ...(from.token === undefined || from.url !== undefined
        ? []
        : wrong("from.token", "it only with a url", "one")),
      ...(hosts.indexOf(host) === at ? [] : wrong("host", "a host once", `"${host}" twice`)),
    ];
  });
}

function isLoopback(host: string): boolean {
  return host.startsWith("127.") || host === "::1";
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
