import type { Config } from "./config.ts";
import { configEnv } from "./git-env.ts";
import { stateFolderAt } from "./state-folder.ts";

/** What a process is started for. It decides on what the process inherits of the boot's environment. */
export type ChildKind =
  | "agent"
  /** A bridge in place of ours. */
  | "bridge"
  /** code-server. */
  | "editor"
  | "git"
  | "hook"
  /** npm and npx. */
  | "packages"
  /** Readiness probes and the checks of `sandboot doctor`. */
  | "probe"
  /** A sidecar of the config. */
  | "sidecar"
  | "terminal";

/** OpenCode's own clients take the password of its server from there. People work with them in terminals. */
const CLIENTS_OF_THE_AGENT = ["agent", "bridge", "editor", "terminal"] as const;

/** Variables that open a door of this sandbox, and who inherits them. Everybody inherits every other variable. */
const RESERVED: Readonly<Record<string, readonly ChildKind[]>> = {
  // git runs the credential helpers of the user and the machine, and those may ask the control plane.
  SANDBOX_AUTH_TOKEN: ["bridge", "git"],
  SANDBOOT_TOKEN: ["editor", "terminal"],
  // It is the pool's: whoever has it may bind other seeds.
  SANDBOOT_ENROLMENT_TOKEN: [],
  // It is for all sandboxes that a Prometheus watches.
  SANDBOOT_METRICS_TOKEN: [],
  // code-server gets it under a name that it removes from its own environment.
  CODE_SERVER_PASSWORD: [],
  // x11vnc alone gets it, by its own environment.
  VNC_PASSWORD: [],
  OPENCODE_SERVER_USERNAME: CLIENTS_OF_THE_AGENT,
  OPENCODE_SERVER_PASSWORD: CLIENTS_OF_THE_AGENT,
};

/**
 * Their git has to trust checkouts of another owner (workspace/git/trust.ts), and gets credentials from us
 * (workspace/credentials). Our own git is told by itself.
 */
const WORKS_IN_CHECKOUTS: ReadonlySet<ChildKind> = new Set([
  "agent",
  "bridge",
  "editor",
  "hook",
  "sidecar",
  "terminal",
]);

/** What a process inherits of the boot's environment: all but the keys that are not for it. */
export function admittedEnv({ env }: Pick<Config, "env">, kind: ChildKind): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => RESERVED[name]?.includes(kind) !== false),
  );
}

/**
 * The environment of a process: what it inherits, and for one that works in checkouts what git and gh need. The one place that
 * decides it. The configuration can give a process more by its own `env`, with `{env:NAME}` as a value.
 */
export function inheritedEnv(
  config: Pick<Config, "env" | "stateDir" | "git" | "mode">,
  kind: ChildKind,
): Record<string, string> {
  const { stateDir, git, mode } = config;
  const inherited = admittedEnv(config, kind);
  if (!WORKS_IN_CHECKOUTS.has(kind)) return inherited;
  const { gitConfig, gitCredentialConfig, bin } = stateFolderAt(stateDir);
  const included = [["include.path", gitConfig]] as const;
  // A seed's processes are started before a binding may bring credentials.
  if (git.credentials.length === 0 && mode !== "seed") {
    return { ...inherited, ...configEnv(included, inherited) };
  }
  // Without one, the system has a default.
  const { PATH } = inherited;
  return {
    ...inherited,
    ...configEnv([...included, ["include.path", gitCredentialConfig]], inherited),
    ...(PATH && { PATH: `${bin}:${PATH}` }),
  };
}
