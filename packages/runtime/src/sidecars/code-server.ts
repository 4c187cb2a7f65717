import { join } from "node:path";
import { inheritedEnv } from "../config/child-env.ts";
import type { Config } from "../config/config.ts";
import { milliseconds } from "../config/milliseconds.ts";
import type { CodeServerConfig } from "../config/sidecar-schema.ts";
import { NICENESS } from "../process/priority.ts";
import { http } from "../process/readiness/http.ts";
import { restartPolicy } from "../process/supervise/configured-policy.ts";
import type { ManagedProcessOptions } from "../process/supervise/options.ts";
import { extensionsIn, linkExtensions } from "./code-server-extensions.ts";
import { addSettings, DEFAULT_SETTINGS } from "./code-server-settings.ts";
import { reachable } from "./reachable.ts";
import type { Warn } from "./sidecar.ts";

export interface CodeServerPlaces {
  readonly stateDir: string;
  /** The socket of the status API, for the panel. */
  readonly socket: string;
  /** Where a seed's listens. */
  readonly editorSocket: string;
}

/**
 * VS Code in the browser. In a seed it listens on a socket, behind a {@link Door} of ours that has its port: so it keeps
 * running when a binding brings the password.
 */
export function codeServerProcess(
  server: CodeServerConfig,
  config: Config,
  { stateDir, socket, editorSocket }: CodeServerPlaces,
): ManagedProcessOptions {
  const { port, host } = server;
  const isBehindDoor = config.mode === "seed";
  const ownLogin = isBehindDoor ? undefined : server.password;
  const [command = "", ...args] = server.command;
  return {
    id: "code-server",
    kind: "sidecar",
    spec: () => ({
      command,
      args: [
        ...args,
        ...(isBehindDoor
          ? ["--socket", editorSocket, "--socket-mode", "600"]
          : ["--bind-addr", `${host}:${port}`]),
        "--auth",
        ownLogin === undefined ? "none" : "password",
        "--disable-telemetry",
        "--disable-update-check",
        "--disable-workspace-trust",
        "--disable-getting-started-override",
        ...(server.userDataDir === undefined ? [] : ["--user-data-dir", server.userDataDir]),
        ...(server.extensionsDir === undefined ? [] : ["--extensions-dir", server.extensionsDir]),
      ],
      // Not the workspace, which may not exist yet. The URL says which folder to open.
      cwd: stateDir,
      env: {
        ...editorEnv(inheritedEnv(config, "editor")),
        ...server.env,
        // code-server removes this variable from its environment, so its terminals do not have it.
        ...(ownLogin !== undefined && { PASSWORD: ownLogin }),
        SANDBOOT_SOCKET: socket,
      },
    }),
    // This path needs no login (https://coder.com/docs/code-server/FAQ#healthz-endpoint).
    probe: http({
      ...(isBehindDoor ? { socketPath: editorSocket } : { host: reachable(host), port }),
      path: "/healthz",
    }),
    readyTimeoutMs: milliseconds(server.readySeconds),
    restart: restartPolicy(server.restart),
    niceness: NICENESS[server.priority],
    optional: server.optional,
    // A socket in a folder that is ours alone is nobody else's.
    port: isBehindDoor ? null : port,
    url: `http://${reachable(host)}:${port}/?folder=${encodeURIComponent(config.agentDirectory)}`,
  };
}

/** Puts extensions and settings where this code-server looks for them. */
export async function prepareCodeServer(
  server: CodeServerConfig,
  config: Config,
  { stateDir }: CodeServerPlaces,
  warn: Warn,
): Promise<void> {
  const dataDir = server.userDataDir ?? defaultDataDir({ ...config.env, ...server.env });
  const staged =
    config.stage === null ? [] : await extensionsIn(join(config.stageTarget, "extensions"));
  await linkExtensions({
    sources: [...staged, ...server.extensions],
    extensionsDir: server.extensionsDir ?? join(dataDir, "extensions"),
    store: join(stateDir, "extensions"),
    warn,
  });
  const settings = { ...DEFAULT_SETTINGS, ...server.settings };
  await addSettings(join(dataDir, "User", "settings.json"), settings, warn);
}

/** code-server's own default: the `data` folder of the package env-paths. */
function defaultDataDir(env: Readonly<Record<string, string>>): string {
  return join(env["XDG_DATA_HOME"] ?? join(env["HOME"] ?? "/", ".local", "share"), "code-server");
}

/** Removes variables of an editor in whose terminal we may run. They would confuse code-server. */
function editorEnv(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !/^(VSCODE_|ELECTRON_|CODE_SERVER_|PASSWORD$|HASHED_PASSWORD$|PORT$)/.test(name),
    ),
  );
}
