import { admittedEnv } from "../../config/child-env.ts";
import type { Config } from "../../config/config.ts";
import type { ReadinessConfig } from "../../config/sidecar-schema.ts";
import { exec } from "./exec.ts";
import { file } from "./file.ts";
import { http } from "./http.ts";
import { linearRegExp } from "./linear-reg-exp.ts";
import { logLine } from "./log-line.ts";
import type { ReadinessProbe } from "./probe.ts";
import { socket, tcp } from "./tcp.ts";

const HOST = "127.0.0.1";

/** What a sidecar, an agent or an external bridge has in the config. */
interface ConfiguredReadiness {
  readonly port?: number | undefined;
  readonly readiness?: ReadinessConfig | undefined;
}

/**
 * The probe that the config asks for. Default: `tcp` on the process's port; a process without a port is ready as soon as
 * it has been started.
 *
 * @param surroundings - Where and with which environment an `exec` probe runs.
 */
export function probeFor(
  { port, readiness }: ConfiguredReadiness,
  surroundings: Pick<Config, "env" | "workspace">,
): ReadinessProbe {
  if (readiness !== undefined) {
    if ("logLine" in readiness) return logLine(linearRegExp(readiness.logLine));
    if ("file" in readiness) return file(readiness.file);
    if ("socket" in readiness) {
      const { socket: socketPath, httpPath: path } = readiness;
      return path === undefined ? socket(socketPath) : http({ socketPath, path });
    }
    if ("exec" in readiness) {
      const [program = "", ...args] = readiness.exec;
      const env = admittedEnv(surroundings, "probe");
      return exec({ command: [program, ...args], cwd: surroundings.workspace, env });
    }
  }
  // A config with `http` or `tcp` and without a port is refused when it is loaded.
  if (port === undefined) return started;
  return readiness !== undefined && "http" in readiness
    ? http({ host: HOST, port, path: readiness.http })
    : tcp(HOST, port);
}

const started: ReadinessProbe = {
  wait: async () => ({ by: "started", attempts: 1, lagMs: 0 }),
};
