import { join } from "node:path";
import type { InputProblem } from "../../base/failure.ts";
import type { Env, PlatformStart, WrittenConfig } from "../platform.ts";
import { buildDefaults } from "./build.ts";
import { expiringToken, gitCredentials } from "./git-credentials.ts";
import { type Later, laterOf } from "./later.ts";
import { filesOf, PORTS, sessionUrl } from "./names.ts";
import { type OpenInspectSession, openInspectSession } from "./session.ts";

/** How its sandboxes boot, in the words of docs/config.md. */
export function defaults(
  { env, mode, file }: PlatformStart,
  problems: InputProblem[],
): WrittenConfig {
  if (mode === "seed") {
    // Its control plane starts each sandbox with its session, and has no message that would bind one that runs.
    const expected = "another mode: no message of this platform binds a seed to a session";
    problems.push({ source: "platform open-inspect", key: "mode", expected, found: mode });
  }
  const session = openInspectSession(env);
  const later = laterOf(env);
  const hasLimits = !later.has("no-hook-limits");
  return {
    workspace: "/workspace",
    env: { OPENINSPECT_BOOT_MODE: mode, ...expiringToken({ env }) },
    git: { depth: 100, credentials: gitCredentials({ env, mode }) },
    hooks: {
      order: "sequential",
      shell: "bash",
      setupFailure: { fresh: "warn" },
      setupSeconds: hasLimits ? 300 : null,
      startSeconds: hasLimits ? 120 : null,
      waitFor: tunnels({ env, mode }),
    },
    agent: {
      port: PORTS.agent,
      whenGivenUp: "end",
      // With any other value its question tool waits for an answer that nobody can give.
      env: {
        OPENCODE_CLIENT: "serve",
        // Its tools and the git that it runs ask the control plane.
        ...(env["SANDBOX_AUTH_TOKEN"] && { SANDBOX_AUTH_TOKEN: "{env:SANDBOX_AUTH_TOKEN}" }),
      },
      ...skills(env, file, session),
      ...(isOpenCode(file) && { config: { permission: "allow" }, auth: managedLogins(env) }),
    },
    bridge: bridge(env, session, later),
    ...(mode === "build" && { build: buildDefaults(env, problems) }),
    controlPlane: { messages: messages(session, later) },
    // Its control plane starts another sandbox.
    onFailure: "exit",
    ...(env["VNC_PASSWORD"] && { desktop: { host: "0.0.0.0" } }),
    ...(env["CODE_SERVER_PASSWORD"] && { codeServer: { host: "0.0.0.0" } }),
    ...(env["TERMINAL_ENABLED"] && {
      terminal: { proxyHost: "0.0.0.0", proxyPort: PORTS.terminalProxy },
    }),
  };
}

/** Those that its users manage, in the folder in which the original puts them. A build has no session. */
function skills(
  env: Env,
  { agent }: WrittenConfig,
  { sessionId }: OpenInspectSession,
): WrittenConfig {
  const url = env["CONTROL_PLANE_URL"];
  if (!url || sessionId === null) return {};
  const { home = env["HOME"] ?? "/" } = (agent ?? {}) as { readonly home?: string };
  const config = env["XDG_CONFIG_HOME"] || join(home, ".config");
  return {
    skills: {
      url: sessionUrl(url, sessionId, "sandbox-skills"),
      folder: join(config, "opencode", "skills"),
    },
  };
}

function isOpenCode({ agent }: WrittenConfig): boolean {
  const { kind = "opencode", preset } = (agent ?? {}) as Readonly<Record<string, unknown>>;
  return kind === "opencode" || preset === "opencode";
}

/**
 * The gate before the start hooks: the provider writes the addresses of the tunnels while the sandbox boots. With a timeout of 0
 * nothing waits for them.
 */
function tunnels({ env, mode }: Omit<PlatformStart, "file">): readonly WrittenConfig[] {
  const ports = (env["EXPECTED_TUNNEL_PORTS"] ?? "")
    .split(",")
    .map((port) => port.trim())
    .filter((port) => /^\d+$/.test(port));
  if (ports.length === 0 && mode !== "snapshot_restore") return [];
  const seconds = Number(env["TUNNEL_WAIT_TIMEOUT_SECONDS"] || Number.NaN);
  return [
    {
      id: "tunnels",
      file: filesOf(env).tunnels,
      lines: seconds <= 0 ? [] : ports.map((port) => `TUNNEL_${port}=`),
      seconds: seconds > 0 ? seconds : 30,
      keepWith: `TUNNEL_SANDBOX_ID=${env["SANDBOX_ID"] ?? ""}`,
    },
  ];
}

/** Their own bridge. Without a session or a control plane there is nobody to connect to, and ours serves instead. */
function bridge(
  env: Env,
  { sessionId, connectsEarly }: OpenInspectSession,
  later: ReadonlySet<Later>,
): WrittenConfig {
  const { SANDBOX_ID: sandboxId = "unknown", CONTROL_PLANE_URL: url } = env;
  const isConnected = url !== undefined && url !== "" && sessionId !== null;
  return {
    // Of no use to theirs; beside the terminal's.
    port: PORTS.terminalProxy + 3,
    ...(isConnected && {
      command: [
        ...["python", "-m", "sandbox_runtime.bridge"],
        ...["--sandbox-id", sandboxId],
        ...["--session-id", sessionId],
        ...["--control-plane", url],
        ...["--token", env["SANDBOX_AUTH_TOKEN"] ?? ""],
        ...["--opencode-port", "{agentPort}"],
        ...(connectsEarly ? ["--early-connect"] : []),
      ],
      start: connectsEarly ? "first" : "last",
      // It knows no password.
      agentAccess: "open",
      exit: { end: [0], giveUp: later.has("exit-78") ? [78] : [], whenGivenUp: "end" },
      restart: {
        when: "always",
        max: 5,
        windowSeconds: 86_400,
        backoffSeconds: 2,
        maxBackoffSeconds: 60,
      },
    }),
  };
}

/** It knows of no other message than of a fatal error, and later only of one that belongs to a session. */
function messages({ sessionId }: OpenInspectSession, later: ReadonlySet<Later>): readonly string[] {
  return later.has("session-error") && sessionId === null ? [] : ["error"];
}

/** Entries of `auth.json` for providers whose logins the control plane holds; a plugin asks it for a token at each use. */
function managedLogins(env: Env): WrittenConfig {
  const managed = [
    ["openai", "OPENAI_OAUTH_MANAGED"],
    ["xai", "XAI_OAUTH_MANAGED"],
    ["anthropic", "ANTHROPIC_OAUTH_MANAGED"],
  ] as const;
  return Object.fromEntries(
    managed.flatMap(([provider, name]) =>
      env[name] ? [[provider, { ...MANAGED_LOGIN }] as const] : [],
    ),
  );
}

const MANAGED_LOGIN = {
  type: "oauth",
  refresh: "managed-by-control-plane",
  access: "",
  expires: 0,
};
