import type { InputProblem } from "../base/failure.ts";
import type { BootMode } from "../protocol/index.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/** A config, or a part of one, as a file has it (docs/config.md). */
export type WrittenConfig = Readonly<Record<string, unknown>>;

/**
 * The system that starts a sandbox (docs/platforms.md). What its environment means, and which policy it has for hooks, bridge
 * and addresses, is configuration: a platform fills it in, and everything else reads the configuration alone.
 */
export interface Platform {
  readonly name: string;
  /**
   * The environment in the words of docs/config.md. Only the configuration reads it: processes inherit the original.
   *
   * @param problems - Wrong values are added here.
   */
  readonly environment: (env: Env, problems: InputProblem[]) => Env;
  /**
   * What a config file need not say on this platform. The file's own keys win.
   *
   * @param problems - Wrong values are added here.
   */
  readonly defaults: (start: PlatformStart, problems: InputProblem[]) => WrittenConfig;
}

/** What is known before the config file is applied. */
export interface PlatformStart {
  readonly env: Env;
  readonly mode: BootMode;
}
