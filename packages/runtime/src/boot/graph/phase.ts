import type { PhaseWarning } from "../../base/warning.ts";
import type { PhasePlan } from "../../protocol/index.ts";

/** Anything JSON can say; details of phases are data that the report carries. */
export type Detail = Record<string, JsonValue>;
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | JsonValue[]
  | { [key: string]: JsonValue };

/**
 * What a running phase is given. It can read only what it needs: {@link PhaseContext.output} refuses a phase that is
 * not among its needs, so an order that is not in the graph cannot be relied on by accident.
 *
 * @typeParam Outputs - Which phase id gives what.
 */
export interface PhaseContext<Outputs> {
  readonly id: string;
  /** Aborted when the boot fails, is stopped, or the phase's own timeout is over. */
  readonly signal: AbortSignal;
  /**
   * What a needed phase gave.
   *
   * @throws Error when `id` is not a direct or indirect need, or did not end well: both are faults of the plan.
   */
  output<Id extends keyof Outputs>(id: Id): Outputs[Id];
  /** The same for an optional need that may have failed. */
  outputIfDone<Id extends keyof Outputs>(id: Id): Outputs[Id] | undefined;
  /** Adds to the phase's detail in the report, at once. */
  detail(detail: Detail): void;
  warn(warning: PhaseWarning): void;
  /** One line of a program's output, for the person who waits. */
  line(stream: "stdout" | "stderr", line: string): void;
}

/** A phase: what it needs, and what it does when it has that. */
export interface Phase<Outputs> extends Readonly<PhasePlan> {
  /** Milliseconds; none when absent. */
  readonly timeoutMs?: number;
  /**
   * Looks, from the beginning until it starts, whether the phase has a chance: rejects when it is certain that it will
   * fail. It fails there and then, whatever it still waits for.
   *
   * @param signal - Aborted when the phase starts, and when the graph ends.
   */
  foresee?(signal: AbortSignal): Promise<void>;
  run(context: PhaseContext<Outputs>): Promise<unknown>;
}
