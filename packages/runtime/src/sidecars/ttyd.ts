import { replaceFile } from "../base/text-file.ts";
import { inheritedEnv } from "../config/child-env.ts";
import type { Config } from "../config/config.ts";
import { milliseconds } from "../config/milliseconds.ts";
import type { TerminalConfig } from "../config/sidecar-schema.ts";
import { NICENESS } from "../process/priority.ts";
import { http } from "../process/readiness/http.ts";
import { restartPolicy } from "../process/supervise/configured-policy.ts";
import type { ManagedProcessOptions } from "../process/supervise/options.ts";

const HOST = "127.0.0.1";

/**
 * Each terminal enters the workspace when it is opened, with the environment that holds then: the workspace may be cloned, and
 * a seed be bound, after ttyd has started.
 */
const IN_WORKSPACE = [
  "bash",
  "-c",
  '. "$SANDBOOT_TERMINAL_ENV" 2>/dev/null; unset SANDBOOT_TERMINAL_ENV; cd "$SANDBOOT_WORKSPACE" 2>/dev/null; exec "$@"',
  "bash",
];

export interface TerminalPlaces {
  readonly stateDir: string;
  /** The socket of the status API. */
  readonly socket: string;
  /** Where it listens behind a proxy. */
  readonly terminalSocket: string;
  /** What a terminal reads when it is opened. */
  readonly envFile: string;
}

/** A terminal in the browser. Behind a proxy it listens on a socket, where no other user of the machine gets past the proxy. */
export function ttydProcess(
  terminal: TerminalConfig,
  config: Config,
  { stateDir, socket, terminalSocket, envFile }: TerminalPlaces,
): ManagedProcessOptions {
  const { port, proxyPort } = terminal;
  const isBehindDoor = proxyPort !== undefined;
  const [command = "", ...args] = terminal.command;
  const shell = terminal.shell ?? [seedEnvOf(config)["SHELL"] ?? "bash", "-l"];
  return {
    id: "ttyd",
    kind: "sidecar",
    spec: () => ({
      command,
      args: [
        ...args,
        ...(isBehindDoor
          ? ["--interface", terminalSocket]
          : ["--interface", HOST, "--port", String(port)]),
        // Keeps pages of other sites, in a browser of this machine, from opening a terminal.
        "--check-origin",
        "--writable",
        ...["--client-option", "disableLeaveAlert=true"],
        ...IN_WORKSPACE,
        ...shell,
      ],
      cwd: stateDir,
      env: {
        ...inheritedEnv({ ...config, env: seedEnvOf(config) }, "terminal"),
        ...terminal.env,
        SANDBOOT_TERMINAL_ENV: envFile,
        SANDBOOT_SOCKET: socket,
      },
    }),
    // The first request of ttyd's own page.
    probe: http({
      ...(isBehindDoor ? { socketPath: terminalSocket } : { host: HOST, port }),
      path: "/token",
    }),
    readyTimeoutMs: milliseconds(terminal.readySeconds),
    restart: restartPolicy(terminal.restart),
    niceness: NICENESS[terminal.priority],
    optional: terminal.optional,
    // A socket in a folder that is ours alone is nobody else's.
    port: isBehindDoor ? null : port,
    url: `http://${HOST}:${proxyPort ?? port}`,
  };
}

/** Writes the workspace and a tenant's variables for the terminals that are opened from now on. */
export async function writeTerminalEnv(
  terminal: TerminalConfig,
  config: Config,
  { envFile }: Pick<TerminalPlaces, "envFile">,
): Promise<void> {
  const before = seedEnvOf(config);
  const added = Object.entries(inheritedEnv(config, "terminal")).filter(
    ([name, value]) => before[name] !== value && terminal.env[name] === undefined,
  );
  const lines = [["SANDBOOT_WORKSPACE", config.agentDirectory] as const, ...added].map(
    ([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`,
  );
  await replaceFile(envFile, lines.join(""), { mode: 0o600 });
}

/** The environment without a tenant's variables. */
function seedEnvOf({ bound, env }: Config): Readonly<Record<string, string>> {
  return bound?.seedEnv ?? env;
}
