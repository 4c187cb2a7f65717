import { inheritedEnv } from "../config/child-env.ts";
import type { Config } from "../config/config.ts";
import { milliseconds } from "../config/milliseconds.ts";
import type { TerminalConfig } from "../config/sidecar-schema.ts";
import { http } from "../process/readiness/http.ts";
import { restartPolicy } from "../process/supervise/configured-policy.ts";
import type { ManagedProcessOptions } from "../process/supervise/options.ts";

const HOST = "127.0.0.1";

/** Each terminal enters the workspace when it is opened: the workspace may be cloned after ttyd has started. */
const IN_WORKSPACE = ["bash", "-c", 'cd "$SANDBOOT_WORKSPACE" 2>/dev/null; exec "$@"', "bash"];

/** A terminal in the browser. */
export function ttydProcess(
  terminal: TerminalConfig,
  config: Config,
  { stateDir, socket }: { readonly stateDir: string; readonly socket: string },
): ManagedProcessOptions {
  const { port, proxyPort } = terminal;
  const [command = "", ...args] = terminal.command;
  const shell = terminal.shell ?? [config.env["SHELL"] ?? "bash", "-l"];
  return {
    id: "ttyd",
    kind: "sidecar",
    spec: () => ({
      command,
      args: [
        ...args,
        ...["--interface", HOST, "--port", String(port)],
        // Keeps pages of other sites, in a browser of this machine, from opening a terminal.
        "--check-origin",
        "--writable",
        ...["--client-option", "disableLeaveAlert=true"],
        ...IN_WORKSPACE,
        ...shell,
      ],
      cwd: stateDir,
      env: {
        ...inheritedEnv(config, "terminal"),
        ...terminal.env,
        SANDBOOT_WORKSPACE: config.agentDirectory,
        SANDBOOT_SOCKET: socket,
      },
    }),
    // The first request of ttyd's own page.
    probe: http({ host: HOST, port, path: "/token" }),
    readyTimeoutMs: milliseconds(terminal.readySeconds),
    restart: restartPolicy(terminal.restart),
    priority: terminal.priority,
    optional: terminal.optional,
    port,
    url: `http://${HOST}:${proxyPort ?? port}`,
  };
}
