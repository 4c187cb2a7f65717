import type { RuntimeWarning } from "../base/warning.ts";
import type { BootMode } from "../protocol/index.ts";
import type { ControlPlaneConfig } from "./control-plane.ts";
import type { ConfigFile } from "./schema.ts";
import type { CodeServerConfig, TerminalConfig } from "./sidecar-schema.ts";

export interface Repository {
  readonly name: string;
  readonly url: string;
  readonly branch: string | null;
  /** Absolute folder of the checkout. */
  readonly path: string;
  /** The agent's workspace when it is the only one; the first of several. */
  readonly primary: boolean;
  readonly depth: number | null;
  readonly filter: string | null;
  readonly submodules: boolean;
  readonly lfs: boolean;
}

/** Everything a boot is told, resolved: paths absolute, defaults filled in, the environment applied. Nobody reads `process.env` after this. */
export interface Config
  extends Pick<ConfigFile, "hooks" | "git" | "sidecars" | "history" | "shutdown"> {
  /** The file it came from, for messages; null when there was none. */
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
    /** A stage for another version is not used. */
    readonly agentVersion: string | undefined;
    readonly legacy: readonly { readonly from: string; readonly to: string }[];
  } | null;
  /** Where the stage is put: outside every repository. */
  readonly stageTarget: string;
  readonly agent: ConfigFile["agent"] & { readonly start: "speculative" | "after-hooks" };
  /** Where mode build writes which commits it built. */
  readonly buildRecord: string;
  readonly bridge: Omit<ConfigFile["bridge"], "token"> & { readonly token: string | null };
  /** The status API on loopback; null when its socket is enough. */
  readonly status: { readonly port: number; readonly token: string } | null;
  /** Names in the environment that went over the file. */
  readonly fromEnvironment: readonly string[];
  /** Null when it is not wanted. */
  readonly codeServer: CodeServerConfig | null;
  readonly terminal: TerminalConfig | null;
  /** Null when nobody wants to be told. */
  readonly controlPlane: ControlPlaneConfig | null;
  /** What is odd and does not keep a boot from working. */
  readonly warnings: readonly RuntimeWarning[];
  /** The environment that hooks, agent and sidecars inherit. */
  readonly env: Readonly<Record<string, string>>;
}
