import type { Clock } from "../../base/clock.ts";
import type { Redactor } from "../../base/redact.ts";
import type { Timers } from "../../base/timers.ts";
import type { ProcessState } from "../../protocol/index.ts";
import type { Grace } from "../grace.ts";
import type { ReadinessProbe } from "../readiness/probe.ts";
import type { RestartPolicy } from "./restart-policy.ts";

export interface SpawnSpec {
  readonly command: string;
  /** The program that `command` starts in turn. Where it is missing, nothing is started. */
  readonly starts?: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface ManagedProcessOptions {
  readonly id: string;
  readonly kind: ProcessState["kind"];
  /** Called at every start, so that a restart sees a changed environment file. */
  readonly spec: () => SpawnSpec;
  readonly probe: ReadinessProbe;
  /** Milliseconds from its start. A process that is not ready by then is ended, and counts as crashed. */
  readonly readyTimeoutMs: number;
  readonly restart: RestartPolicy;
  /** Until {@link ManagedProcess.restorePriority}, when the agent has its session. 0: normal priority. */
  readonly niceness: number;
  readonly optional: boolean;
  readonly port: number | null;
  readonly url: string | null;
}

export interface SupervisionParts extends Grace {
  readonly clock: Clock;
  readonly timers: Timers;
  /** At least 0, below 1. For the jitter of backoff. */
  readonly random: () => number;
  readonly redactor: Redactor;
}
