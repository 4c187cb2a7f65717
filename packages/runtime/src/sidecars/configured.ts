import type { Config } from "../config/config.ts";
import type { SidecarConfig } from "../config/schema.ts";
import type { ManagedProcessOptions } from "../supervise/managed-process.ts";
import { probeFor } from "./readiness.ts";

/** Niceness of a sidecar that is not in a hurry, while the agent starts. */
const LOW_PRIORITY_NICE = 10;

/** A sidecar as the config describes it. */
export function configuredSidecar(sidecar: SidecarConfig, config: Config): ManagedProcessOptions {
  const [command = "", ...args] = sidecar.command;
  return {
    id: sidecar.id,
    kind: "sidecar",
    spec: () => ({
      command,
      args,
      cwd: sidecar.cwd ?? config.workspace,
      env: { ...config.env, ...sidecar.env },
      ...(sidecar.priority === "low" && { nice: LOW_PRIORITY_NICE }),
    }),
    probe: probeFor(sidecar, config),
    readyTimeoutMs: 60_000,
    optional: sidecar.optional,
    port: sidecar.port ?? null,
    url: sidecar.port === undefined ? null : `http://127.0.0.1:${sidecar.port}`,
  };
}
