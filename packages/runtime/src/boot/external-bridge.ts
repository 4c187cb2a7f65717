import type { Config } from "../config/config.ts";
import { probeFor } from "../process/readiness/configured-probe.ts";
import { restartPolicy } from "../process/supervise/configured-policy.ts";
import type { ManagedProcessOptions } from "../process/supervise/options.ts";

export interface ExternalBridgeParts {
  readonly config: Config;
  /** Where it reaches the agent: our own door, which holds while the agent is away. */
  readonly agentUrl: () => string;
  /** The workspace that the agent has open. */
  readonly directory: () => string;
  /** The runtime's socket. */
  readonly socket: string;
}

/** The bridge that the config names in place of ours, or null. Started last (C3), and required. */
export function externalBridge(parts: ExternalBridgeParts): ManagedProcessOptions | null {
  const { config, agentUrl, directory, socket } = parts;
  const { command: words, port, readiness, token, ...bridge } = config.bridge;
  if (words === undefined) return null;
  const [command = "", ...args] = words;
  return {
    id: "bridge",
    kind: "bridge",
    spec: () => ({
      command,
      args,
      cwd: config.workspace,
      env: {
        ...config.env,
        ...bridge.env,
        ...(token !== null && { SANDBOX_AUTH_TOKEN: token }),
        SANDBOOT_AGENT_URL: agentUrl(),
        SANDBOOT_AGENT_DIRECTORY: directory(),
        SANDBOOT_BRIDGE_PORT: String(port),
        SANDBOOT_SOCKET: socket,
      },
    }),
    probe: probeFor(readiness === undefined ? {} : { port, readiness }, config),
    readyTimeoutMs: bridge.readySeconds * 1000,
    restart: restartPolicy(bridge.restart),
    priority: "normal",
    optional: false,
    port,
    url: `http://127.0.0.1:${port}`,
  };
}
