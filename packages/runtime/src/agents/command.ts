import { Failed } from "../base/failed.ts";
import type { Config } from "../config/config.ts";
import { probeFor } from "../process/readiness/configured-probe.ts";
import type { AgentDriver } from "./driver.ts";
import { readEnvFile } from "./env-file.ts";
import { requestJson } from "./http.ts";

/**
 * Any agent that serves HTTP: started by a command, ready as its probe says, and made to open the workspace by the
 * warm-up request of the config, if it needs one (docs/agents.md).
 */
export function commandDriver(config: Config): AgentDriver {
  const { agent } = config;
  const [command = "", ...args] = agent.command ?? [];
  return {
    name: "command",
    configFolder: null,
    prepareHome: async () => {},

    command: (paths, port) => ({
      command,
      args: args.map((argument) => argument.replaceAll("{port}", String(port))),
      // An agent that starts after the hooks may read the workspace. A speculative one must not start in it (C2).
      cwd: agent.start === "after-hooks" ? config.agentDirectory : paths.neutralDir,
      env: {
        ...config.env,
        HOME: paths.home,
        PORT: String(port),
        ...agent.env,
        ...readEnvFile(agent.envFile),
      },
    }),

    readiness: (port) =>
      probeFor({ port, ...(agent.readiness && { readiness: agent.readiness }) }, config),

    readSet: () => (agent.envFile === undefined ? [] : [agent.envFile]),
    readsAgain: () => false,
    packages: null,

    createSession: async (url, directory, signal) => {
      if (agent.warmUp !== undefined) await warmUp(agent.warmUp, { url, directory, signal });
      return { sessionId: null, version: null, catalogue: null, warnings: [] };
    },

    workspaceHeaders: () => ({}),
  };
}

async function warmUp(
  request: NonNullable<Config["agent"]["warmUp"]>,
  to: { readonly url: URL; readonly directory: string; readonly signal: AbortSignal },
): Promise<void> {
  // A folder's name may hold any character. In a path and in a header it is encoded.
  const encoded = (text: string) =>
    text.replaceAll("{directory}", encodeURIComponent(to.directory));
  const path = encoded(request.path);
  const answer = await requestJson({
    method: request.method,
    url: new URL(path, to.url),
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, encoded(value)]),
    ),
    ...(request.body !== undefined && { body: withDirectory(request.body, to.directory) }),
    signal: to.signal,
  });
  const { status } = answer;
  const asWanted =
    request.status === undefined ? status >= 200 && status <= 299 : status === request.status;
  if (asWanted) return;
  throw new Failed({
    code: "agent-session",
    problem: "warm-up",
    method: request.method,
    path,
    status,
    outputTail: answer.body.split("\n").slice(0, 20),
  });
}

/** The value with the folder in place of `{directory}` in every string. */
function withDirectory(value: unknown, directory: string): unknown {
  if (typeof value === "string") return value.replaceAll("{directory}", directory);
  if (Array.isArray(value)) return value.map((item) => withDirectory(item, directory));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withDirectory(item, directory)]),
  );
}
