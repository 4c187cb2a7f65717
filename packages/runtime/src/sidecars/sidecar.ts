import type { PhaseWarning } from "../base/warning.ts";
import type { ManagedProcess } from "../process/supervise/managed-process.ts";

/** Tells the person who waits; boot goes on. */
export type Warn = (warning: PhaseWarning) => void;

/** A sidecar: its process, and what has to be there before it starts. */
export interface Sidecar {
  readonly process: ManagedProcess;
  /** The config key that gives its port, for messages. */
  readonly portKey: string;
  /** Phases whose work it needs. */
  readonly needs: readonly string[];
  /** Puts its files in place, once each boot. */
  prepare(warn: Warn): Promise<void>;
}
