import type { AgentDriver } from "../agents/driver.ts";
import { listensOnPort } from "../config/bridge-port.ts";
import { inheritedEnv } from "../config/child-env.ts";
import type { Config } from "../config/config.ts";
import { milliseconds } from "../config/milliseconds.ts";
import { stateFolderAt } from "../config/state-folder.ts";
import { NICENESS } from "../process/priority.ts";
import { probeFor } from "../process/readiness/configured-probe.ts";
import { restartPolicy } from "../process/supervise/configured-policy.ts";
import { endedWith } from "../process/supervise/crash.ts";
import type { ManagedProcess } from "../process/supervise/managed-process.ts";
import type { ManagedProcessOptions } from "../process/supervise/options.ts";
import { endWhenGivenUp } from "./given-up.ts";
import type { StopRequest } from "./stop.ts";

/** What an external bridge is told at each of its starts. */
export interface ExternalBridgeTarget {
  /** Where it reaches the agent: our own bridge, which holds requests while the agent is down. */
  readonly agentUrl: () => string;
  /** The workspace that the agent has open. */
  readonly directory: () => string;
  /** What it has to send with each request. */
  readonly access: AgentDriver["access"];
}

/** The bridge that the config names in place of ours, or null. It is required. */
export function externalBridge(
  config: Config,
  { agentUrl, directory, access }: ExternalBridgeTarget,
): ManagedProcessOptions | null {
  const { command: words, port, readiness, token, ...bridge } = config.bridge;
  if (words === undefined) return null;
  const [command = "", ...args] = words;
  return {
    id: "bridge",
    kind: "bridge",
    spec: () => ({
      command,
      args: args.map((arg) => arg.replaceAll("{agentPort}", new URL(agentUrl()).port)),
      cwd: config.workspace,
      env: {
        ...inheritedEnv(config, "bridge"),
        ...bridge.env,
        ...access.env,
        ...(access.headers["authorization"] !== undefined && {
          SANDBOOT_AGENT_AUTHORIZATION: access.headers["authorization"],
        }),
        ...(token !== null && { SANDBOX_AUTH_TOKEN: token }),
        SANDBOOT_AGENT_URL: agentUrl(),
        SANDBOOT_AGENT_DIRECTORY: directory(),
        SANDBOOT_BRIDGE_PORT: String(port),
        SANDBOOT_SOCKET: stateFolderAt(config.stateDir).socket,
      },
    }),
    probe: probeFor(readiness === undefined ? {} : { port, readiness }, config),
    readyTimeoutMs: milliseconds(bridge.readySeconds),
    restart: restartPolicy(bridge.restart, {
      doneCodes: bridge.exit.end,
      hopelessCodes: bridge.exit.giveUp,
    }),
    niceness: NICENESS.normal,
    optional: false,
    ...addressOf(config),
  };
}

/** Null when nobody has checked that it listens (C16). */
function addressOf({ bridge }: Config): Pick<ManagedProcessOptions, "port" | "url"> {
  if (!listensOnPort(bridge)) return { port: null, url: null };
  return { port: bridge.port, url: `http://127.0.0.1:${bridge.port}` };
}

/** Ends the sandbox when the bridge has ended in a way that the config says so of (`bridge.exit`). */
export function obeyExits(bridge: ManagedProcess, present: () => Config, stop: StopRequest): void {
  bridge.subscribe(() => {
    const { current } = bridge;
    if (current.id === "crashed" && endedWith(current.crash, present().bridge.exit.end)) {
      stop.askAsDone("the bridge has ended");
    }
  });
  endWhenGivenUp(bridge, () => present().bridge.exit.whenGivenUp === "end", stop);
}
