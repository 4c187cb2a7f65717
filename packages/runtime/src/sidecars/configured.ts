import { inheritedEnv } from "../config/child-env.ts";
import type { Config } from "../config/config.ts";
import { milliseconds } from "../config/milliseconds.ts";
import { DESKTOP_PAGE } from "../config/service-schema.ts";
import type { SidecarConfig } from "../config/sidecar-schema.ts";
import { NICENESS } from "../process/priority.ts";
import { probeFor } from "../process/readiness/configured-probe.ts";
import { restartPolicy } from "../process/supervise/configured-policy.ts";
import type { ManagedProcessOptions } from "../process/supervise/options.ts";
import { reachable } from "./reachable.ts";

/** A sidecar of the config. */
export function configuredSidecar(sidecar: SidecarConfig, config: Config): ManagedProcessOptions {
  const [command = "", ...args] = sidecar.command;
  return {
    id: sidecar.id,
    kind: "sidecar",
    spec: () => ({
      command,
      args,
      cwd: sidecar.cwd ?? config.workspace,
      env: { ...inheritedEnv(config, "sidecar"), ...sidecar.env },
    }),
    probe: probeFor(sidecar, config),
    readyTimeoutMs: milliseconds(sidecar.readySeconds),
    restart: restartPolicy(sidecar.restart),
    niceness: NICENESS[sidecar.priority],
    optional: sidecar.optional,
    port: sidecar.port ?? null,
    url: urlOf(sidecar, config),
  };
}

function urlOf({ id, port }: SidecarConfig, { desktop }: Config): string | null {
  // Browsers go to its door.
  if (desktop !== null && id === DESKTOP_PAGE) {
    return `http://${reachable(desktop.host)}:${desktop.port}`;
  }
  return port === undefined ? null : `http://127.0.0.1:${port}`;
}
