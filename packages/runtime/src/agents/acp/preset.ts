import type { NativeProgram } from "../../acp-server/contract.ts";
import type { Config } from "../../config/config.ts";
import type { AgentDriver } from "../driver.ts";

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

/** What is known of one agent that speaks ACP (docs/agents.md#acp). */
export interface AcpPreset {
  readonly title: string;
  /** Variables that spare the agent what an image decides, and processes that it can do without. The user's own win. */
  readonly env: Readonly<Record<string, string>>;
  /** The native program that its package starts by a script; null where there is no such script. */
  readonly native: NativeProgram | null;
  /** The HTTP server that it starts in the same process when its arguments say so. */
  readonly http: PresetHttp | null;
  /** Variables that may hold its key, for the hint. */
  readonly keys: readonly string[];
  /** Where it reads instructions for every session. */
  readonly instructions: ((places: PresetPlaces) => string) | null;
  /**
   * Files and folders that it reads until it has answered `initialize`, and not again for a session. Found by
   * `npm run facts:acp`.
   */
  readonly readOnce: (places: PresetPlaces) => readonly string[];
}
