import type { PhaseWarning } from "../../base/warning.ts";

/**
 * What a phase does.
 *
 * @typeParam Outputs - What each phase gives to those that need it, by phase id.
 */
export interface PhaseWork<Outputs> {
  /**
   * Watches from the start of the graph until the phase starts. Rejects as soon as the phase is certain to fail: it
   * fails then, even if its needs are still running.
   *
   * @param signal - Aborted when the phase starts, and when the graph ends.
   */
  foresee?(signal: AbortSignal): Promise<void>;
  /** @returns What the phase gives to those that need it. */
  run(context: PhaseContext<Outputs>): Promise<unknown>;
}

/**
 * What the graph gives a running phase.
 *
 * A phase can read only what it needs: {@link PhaseContext.output} refuses a phase that is not among its needs. So no
 * phase can rely on an order that the graph does not declare.
 */
export interface PhaseContext<Outputs> {
  readonly id: string;
  /** Aborted when the graph fails or is stopped, at the phase's timeout, and when what its `until` names happens. */
  readonly signal: AbortSignal;
  /** Aborted when the graph fails or is stopped, and not for what ends this phase alone. */
  readonly stopping: AbortSignal;
  /**
   * What a needed phase gave.
   *
   * @throws Error when `id` is not a direct or indirect need, or gave nothing. Both are faults of the plan.
   */
  output<Id extends keyof Outputs>(id: Id): Outputs[Id];
  /** The same for an optional need, which may have failed. */
  outputIfDone<Id extends keyof Outputs>(id: Id): Outputs[Id] | undefined;
  /** Adds to the phase's detail in the report, at once. */
  detail(detail: Detail): void;
  /**
   * Says what the phase waits for from now on, as a thing: `the answer to POST /session, at most 60 s`. It is in the detail
   * `waitingFor` until the phase has ended.
   */
  waitingFor(what: string): void;
  warn(warning: PhaseWarning): void;
  /** Says that there is nothing to do, and why. The phase ends as skipped when it returns; its output still counts. */
  skip(because: string): void;
  /** Passes on one line of a program's output. */
  line(stream: "stdout" | "stderr", line: string): void;
}

/** Data about a phase for its report. */
export type Detail = Record<string, JsonValue>;
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | JsonValue[]
  | { [key: string]: JsonValue };
