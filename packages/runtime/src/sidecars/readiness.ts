import type { Config } from "../config/config.ts";
import type { ReadinessConfig, SidecarConfig } from "../config/schema.ts";
import { exec } from "../process/readiness/exec.ts";
import { file } from "../process/readiness/file.ts";
import { http } from "../process/readiness/http.ts";
import { logLine } from "../process/readiness/log-line.ts";
import type { ReadinessProbe } from "../process/readiness/probe.ts";
import { tcp } from "../process/readiness/tcp.ts";

const HOST = "127.0.0.1";

/** The probe that the config of a sidecar, or of an agent, asks for; without a word, its port, and without a port, that it runs. */
export function probeFor(
  sidecar: Pick<SidecarConfig, "port" | "readiness">,
  config: Config,
): ReadinessProbe {
  const { port } = sidecar;
  const readiness: ReadinessConfig | undefined =
    sidecar.readiness ?? (port === undefined ? undefined : { tcp: true });
  if (readiness === undefined) return started;
  if ("logLine" in readiness) return logLine(new RegExp(readiness.logLine));
  if ("file" in readiness) return file(readiness.file);
  if ("exec" in readiness) {
    const [program = "", ...args] = readiness.exec;
    return exec({ command: [program, ...args], cwd: config.workspace, env: config.env });
  }
  // The config's own check has made sure of a port for these two.
  if (port === undefined) return started;
  return "http" in readiness ? http({ host: HOST, port, path: readiness.http }) : tcp(HOST, port);
}

const started: ReadinessProbe = {
  wait: async () => ({ by: "started", attempts: 1, lagMs: 0 }),
};
