import { failureOf, toWire } from "../base/failed.ts";
import { agentKey } from "../config/agents.ts";
import { assertPortFree } from "../process/ports.ts";
import type { GraphResult } from "./graph/graph-run.ts";
import type { Sandbox } from "./sandbox.ts";

/** What has ports that others must not have. */
interface PortHolders extends Pick<Sandbox, "config"> {
  readonly status: Pick<Sandbox["status"], "listenOnPort">;
  readonly bridge: Pick<Sandbox["bridge"], "listen">;
}

/**
 * Opens the ports of the status API and the bridge, and checks that the agent's port is free. Done before anything is
 * started, so that a port in use fails the boot at once.
 *
 * @returns How the boot has failed, or null when it may begin.
 */
export async function claimPorts({
  status,
  bridge,
  config,
}: PortHolders): Promise<GraphResult | null> {
  const agentPort = `${agentKey(config.agent)}.port`;
  const checks = [{ phase: "status", check: status.listenOnPort() }];
  if (config.mode !== "build") {
    checks.push(
      { phase: "bridge", check: bridge.listen() },
      { phase: "agent.spawn", check: assertPortFree(config.agent.port, agentPort) },
    );
  }
  await Promise.allSettled(checks.map(({ check }) => check));
  for (const { phase, check } of checks) {
    try {
      await check;
    } catch (error) {
      const failure = toWire(failureOf(error));
      if (failure.code === "internal-error") throw error;
      return { id: "failed", phase, failure, readyByThen: [], settled: new Map() };
    }
  }
  return null;
}
