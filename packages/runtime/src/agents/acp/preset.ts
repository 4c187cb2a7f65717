import type { NativeProgram } from "../../acp-server/contract.ts";
import type { Config } from "../../config/config.ts";
import type { AgentDriver, AgentPaths, AgentSession, AgentSetup } from "../driver.ts";

/** Where an agent finds what it reads. */
export interface PresetPlaces {
  readonly home: string;
  /** A variable of the agent's process; undefined where it is not set. */
  readonly variable: (name: string) => string | undefined;
}

/** An agent's own HTTP server. */
export interface PresetHttp extends Pick<AgentDriver, "promptKind" | "workspaceHeaders"> {
  /** Arguments that make it listen on the port that stands for `{httpPort}`. */
  readonly args: readonly string[];
  /** The same config, with a password for that server. */
  readonly withPassword: (config: Config) => Config;
  readonly access: (config: Config) => AgentDriver["access"];
}

/** What an agent of one config needs, beside files in its home. */
export interface AcpAgent extends AgentSetup {
  /** The environment of its process. */
  readonly env: (paths: AgentPaths) => Record<string, string>;
  /** How to authenticate before a session is made; null to try without. */
  readonly authMethod: string | null;
  /**
   * Has the session made when all that it reads is in place.
   *
   * @param openSession - Sends `session/new`.
   */
  readonly openWorkspace: (
    to: { readonly url: URL; readonly directory: string; readonly signal: AbortSignal },
    openSession: () => Promise<AgentSession>,
  ) => Promise<AgentSession>;
}

/** What is known of one agent that speaks ACP (docs/agents.md#acp). */
export interface AcpPreset {
  readonly title: string;
  /** The native program that its package starts by a script; null where there is no such script. */
  readonly native: NativeProgram | null;
  /** The HTTP server that it starts in the same process when its arguments say so. */
  readonly http: PresetHttp | null;
  /** Variables that may hold its key, for the hint. */
  readonly keys: readonly string[];
  /** Where it reads instructions for every session. */
  readonly instructions: ((places: PresetPlaces) => string) | null;
  /**
   * The agent of a config.
   *
   * @param headers - What the server before it asks of those who want its own HTTP server; null where that is out of reach.
   */
  readonly agent: (config: Config, headers: Readonly<Record<string, string>> | null) => AcpAgent;
}
