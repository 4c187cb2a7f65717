import type { PhaseWarning } from "../base/warning.ts";
import type { Config } from "../config/config.ts";
import type { ManagedProcess } from "../process/supervise/managed-process.ts";
import type { ManagedProcessOptions } from "../process/supervise/options.ts";

/** Reports a problem that does not stop the boot. */
export type Warn = (warning: PhaseWarning) => void;

/** What a sidecar can use to prepare its start. */
export interface Preparation {
  readonly process: ManagedProcess;
  readonly warn: Warn;
  /** The configuration that holds now: after a binding, the tenant's. */
  readonly present: () => Config;
  /** Calls `listener` when another configuration holds. @returns the call that ends this. */
  readonly onPresent: (listener: () => void) => () => void;
  /** Runs a step at the end of the sandbox. */
  readonly defer: (step: () => Promise<void>) => void;
}

/** A sidecar, as it follows from the configuration: its process, and what has to be done before it starts. */
export interface Sidecar {
  readonly process: ManagedProcessOptions;
  /** The config key that gives its port, for messages. */
  readonly portKey: string;
  /** Ids of the phases that must have ended before. */
  readonly needs: readonly string[];
  /** Puts in place what it needs. Called once per boot. */
  prepare(preparation: Preparation): Promise<void>;
  /** Writes what the config of a bound seed says where the running process reads it. Called again when a binding is undone. */
  takeBinding(): Promise<void>;
}
