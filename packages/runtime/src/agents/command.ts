import { Failed } from "../base/failed.ts";
import { inheritedEnv } from "../config/child-env.ts";
import type { Config } from "../config/config.ts";
import { milliseconds } from "../config/milliseconds.ts";
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
  const timeoutMs = milliseconds(agent.readySeconds);
  const isPrompt = pathMatcher(agent.promptPath);
  return {
    name: "command",
    program: command,
    configFolder: null,
    startsBesideStage: false,
    prepareHome: async () => {},
    takeBinding: async () => async () => {},
    takesWhileRunning: () => false,

    command: (paths, port) => ({
      command,
      args: args.map((argument) => argument.replaceAll("{port}", String(port))),
      // An agent that starts after the hooks may read the workspace. A speculative one must not start in it (C2).
      cwd: agent.start === "after-hooks" ? config.agentDirectory : paths.neutralDir,
      env: {
        ...inheritedEnv(config, "agent"),
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
      if (agent.warmUp !== undefined) {
        await warmUp(agent.warmUp, { url, directory, signal, timeoutMs });
      }
      return {
        sessionId: null,
        version: null,
        catalogue: null,
        authentication: null,
        warnings: [],
        isMisfit: false,
      };
    },

    warm: {
      process: null,
      workspace:
        agent.warm.workspace === "off" || agent.warm.requests.length === 0
          ? null
          : async (to) => {
              for (const request of agent.warm.requests) {
                to.signal.throwIfAborted();
                await warmUpWith(request, { ...to, timeoutMs });
              }
            },
    },

    promptKind: (method, path) => (method === "POST" && isPrompt(path) ? "answered" : null),
    followClients: null,

    workspaceHeaders: () => ({}),
    access: { env: {}, headers: {} },
  };
}

type ConfiguredRequest = NonNullable<Config["agent"]["warmUp"]>;

interface Target {
  readonly url: URL;
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** The request that makes the agent open the workspace: without it there is no session. */
async function warmUp(request: ConfiguredRequest, to: Target): Promise<void> {
  const { status, body, path, isGood } = await send(request, to);
  if (isGood) return;
  const { method } = request;
  const outputTail = body.split("\n").slice(0, 20);
  throw new Failed({ code: "agent-session", problem: "warm-up", method, path, status, outputTail });
}

async function warmUpWith(request: ConfiguredRequest, to: Target): Promise<void> {
  const { status, path, isGood } = await send(request, to);
  if (!isGood) throw new Failed({ code: "agent-warm-up", agent: "the agent", path, status });
}

async function send(request: ConfiguredRequest, to: Target) {
  // A folder's name may hold anything; in a path and in a header it has to be encoded.
  const encoded = (text: string) =>
    text.replaceAll("{directory}", encodeURIComponent(to.directory));
  const path = encoded(request.path);
  const { status, body } = await requestJson({
    method: request.method,
    url: new URL(path, to.url),
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, encoded(value)]),
    ),
    ...(request.body !== undefined && { body: withDirectory(request.body, to.directory) }),
    timeoutMs: to.timeoutMs,
    signal: to.signal,
  });
  const isGood =
    request.status === undefined ? status >= 200 && status <= 299 : status === request.status;
  return { path, status, body, isGood };
}

/** @param pattern - A path in which `*` stands for one segment; without it every path fits. */
function pathMatcher(pattern: string | undefined): (path: string) => boolean {
  if (pattern === undefined) return () => true;
  const segments = pattern.split("*").map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&"));
  const expression = new RegExp(`^${segments.join("[^/]+")}$`);
  return (path) => expression.test(path);
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
