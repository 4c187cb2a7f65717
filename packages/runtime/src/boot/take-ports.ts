import { failureOf, toWire } from "../base/failed.ts";
import { assertPortFree } from "../process/ports.ts";
import type { GraphResult } from "./graph/graph-run.ts";
import type { Sandbox } from "./sandbox.ts";

/**
 * Takes the ports of status API and bridge, and looks whether the agent's is free, before anything is started: a port
 * in use should not cost the wait for an agent.
 *
 * @returns How the boot has failed, or null when it may begin.
 */
export async function takePorts({ status, door, config }: Sandbox): Promise<GraphResult | null> {
  const checks = [{ phase: "status", check: status.listenOnPort() }];
  if (config.mode !== "build") {
    checks.push(
      { phase: "bridge", check: door.listen() },
      { phase: "agent.spawn", check: assertPortFree(config.agent.port, "agent.port") },
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
