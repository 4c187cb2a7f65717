import type { PhaseWarning } from "../base/warning.ts";
import type { ManagedProcess } from "../process/supervise/managed-process.ts";

/** Reports a problem that does not stop the boot. */
export type Warn = (warning: PhaseWarning) => void;

/** A sidecar: its process, and what has to be done before it starts. */
export interface Sidecar {
  readonly process: ManagedProcess;
  /** The config key that gives its port, for messages. */
  readonly portKey: string;
  /** Ids of the phases that must have ended before. */
  readonly needs: readonly string[];
  /** Puts its files in place. Called once per boot. */
  prepare(warn: Warn): Promise<void>;
}
