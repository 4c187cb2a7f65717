import type { RuntimeWarning } from "../base/warning.ts";
import type { BootMode } from "../protocol/index.ts";
import type { ControlPlaneConfig } from "./control-plane.ts";
import type { ConfigFile } from "./schema.ts";
import type { DesktopConfig, DockerConfig } from "./service-schema.ts";
import type { CodeServerConfig, SidecarConfig, TerminalConfig } from "./sidecar-schema.ts";

export interface Repository {
  readonly name: string;
  readonly url: string;
  readonly branch: string | null;
  /** Absolute folder of the checkout. */
  readonly path: string;
  /** Whether it is the first of the repositories. When it is the only one, it is the agent's workspace. */
  readonly primary: boolean;
  readonly depth: number | null;
  readonly filter: string | null;
  readonly submodules: boolean;
  readonly lfs: boolean;
}

/** The settings of one agent. */
export type Agent = ConfigFile["agent"] & {
  readonly start: "speculative" | "after-hooks";
  /** Null for that of the short form, `agent`. */
  readonly id: string | null;
  /** Whether the sandbox is ready when this one is. */
  readonly isPrimary: boolean;
};

/** What a configuration is made of. */
export interface Written {
  /** The config file, with the environment and the flags applied. */
  readonly file: ConfigFile;
  /** Of the config file, for messages; null when there is none. */
  readonly path: string | null;
  /** Where relative paths begin. */
  readonly base: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fromEnvironment: readonly string[];
  /** What a boot has made of the services that are built in, with the places that were free. */
  readonly services?: readonly SidecarConfig[];
}

/**
 * The whole configuration of a boot: paths are absolute, defaults and environment are applied. No code reads `process.env`
 * after this.
 */
export interface Config
  extends Pick<ConfigFile, "binding" | "hooks" | "git" | "history" | "shutdown"> {
  readonly onFailure: "recover" | "exit";
  /** The name of the system that starts the sandbox. */
  readonly platform: string;
  /** The config file, for messages; null when there is none. */
  readonly file: string | null;
  readonly mode: BootMode;
  readonly sandboxId: string | null;
  readonly stateDir: string;
  readonly workspace: string;
  readonly repositories: readonly Repository[];
  /** Where the agent works: the only repository, else the workspace. */
  readonly agentDirectory: string;
  readonly stage: {
    readonly dir: string;
    /** The agent's version in this image. A stage for another version is not used. */
    readonly agentVersion: string | undefined;
    readonly legacy: readonly { readonly from: string; readonly to: string }[];
  } | null;
  /** Where the stage is installed; outside every repository. */
  readonly stageTarget: string;
  /** The primary one. */
  readonly agent: Agent;
  readonly otherAgents: readonly Agent[];
  /** The file in which mode build records the commits that it built. */
  readonly buildRecord: string;
  readonly build: Omit<ConfigFile["build"], "record">;
  readonly bridge: Omit<ConfigFile["bridge"], "token"> & { readonly token: string | null };
  /** The status API by TCP; null when its socket is enough. */
  readonly status: {
    readonly host: string;
    readonly port: number;
    /** Null in a seed that admits those alone who bind it. */
    readonly token: string | null;
    readonly metricsToken: string | undefined;
  } | null;
  /** Names of the environment variables that were applied. */
  readonly fromEnvironment: readonly string[];
  /** Null when it is not configured. */
  readonly codeServer: CodeServerConfig | null;
  readonly terminal: TerminalConfig | null;
  readonly desktop: DesktopConfig | null;
  readonly docker: DockerConfig | null;
  /** Those of the file; in a boot also those of desktop and docker. */
  readonly sidecars: readonly SidecarConfig[];
  /** Null when there is none. */
  readonly controlPlane: ControlPlaneConfig | null;
  /** Problems that do not stop the boot. */
  readonly warnings: readonly RuntimeWarning[];
  /** The binding that a seed was given; null for a seed without one, and for every other boot. */
  readonly bound: {
    readonly id: string;
    /** The environment without the tenant's variables. */
    readonly seedEnv: Readonly<Record<string, string>>;
  } | null;
  /** What this was made of. A binding is put onto it. */
  readonly written: Written;
  /** The environment that hooks, agent and sidecars inherit. */
  readonly env: Readonly<Record<string, string>>;
}
