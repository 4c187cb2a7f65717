import { Failed, failureOf, toWire } from "../../base/failed.ts";
import type { FailureValue } from "../../base/failure.ts";
import { processTimers } from "../../base/timers.ts";
import { phaseWarning } from "../../base/warned.ts";
import type { EventBody, Failure, PhasePlan } from "../../protocol/index.ts";
import type { Detail, PhaseContext, PhaseWork } from "./phase.ts";

export interface PhaseRun<Outputs> {
  readonly phase: PhasePlan;
  readonly work: PhaseWork<Outputs>;
  /** Ends the work early, for other reasons than the phase's time limit. */
  readonly signal: AbortSignal;
  /** @see PhaseContext.stopping */
  readonly stopping: AbortSignal;
  readonly emit: (event: EventBody) => void;
  /**
   * What another phase gave; undefined when it gave nothing.
   *
   * @throws Error when this phase does not need it.
   */
  readonly outputOf: (need: string) => unknown;
}

/** How a phase's work ended. */
export type PhaseEnd = {
  readonly detail: Detail;
} & (
  | { readonly id: "returned"; readonly output: unknown; readonly skippedBecause?: string }
  | { readonly id: "threw"; readonly failure: Failure; readonly fatal: boolean }
);

/** Runs a phase's work within its time limit. Never rejects: what the work throws becomes a failure with data. */
export async function runPhase<Outputs>(run: PhaseRun<Outputs>): Promise<PhaseEnd> {
  const { phase, work } = run;
  const detail: Detail = {};
  const skip: { because?: string } = {};
  const limit = new AbortController();
  const cancel =
    phase.timeoutMs === undefined
      ? () => {}
      : processTimers.after(phase.timeoutMs, () => limit.abort(new Error("timeout")));
  const signal = AbortSignal.any([run.signal, limit.signal]);
  try {
    const output = await work.run(contextOf({ ...run, signal }, detail, skip));
    const skipped = skip.because !== undefined && { skippedBecause: skip.because };
    return { id: "returned", output, detail, ...skipped };
  } catch (error) {
    const fatal = error instanceof Failed && error.fatal;
    const isLate = limit.signal.aborted && !run.signal.aborted && !(error instanceof Failed);
    const value = isLate ? timeoutOf(phase) : failureOf(error);
    return { id: "threw", failure: toWire(value), fatal, detail };
  } finally {
    // A phase that has ended waits for nothing.
    if (!limit.signal.aborted) delete detail["waitingFor"];
    cancel();
  }
}

function contextOf<Outputs>(
  { phase: { id }, signal, stopping, emit, outputOf }: PhaseRun<Outputs>,
  ofPhase: Detail,
  skip: { because?: string },
): PhaseContext<Outputs> {
  const outputIfDone = <Id extends keyof Outputs>(need: Id): Outputs[Id] | undefined =>
    outputOf(String(need)) as Outputs[Id] | undefined;
  return {
    id,
    signal,
    stopping,
    outputIfDone,
    output: (need) => {
      const value = outputIfDone(need);
      if (value !== undefined) return value;
      throw new Error(`phase "${id}" needs what "${String(need)}" gives, and it gave nothing`);
    },
    detail: (more) => {
      Object.assign(ofPhase, more);
      emit({ type: "phase.detail", id, detail: more });
    },
    waitingFor: (what) => {
      ofPhase["waitingFor"] = what;
      emit({ type: "phase.detail", id, detail: { waitingFor: what } });
    },
    warn: (warning) => emit(phaseWarning(id, warning)),
    skip: (because) => {
      skip.because = because;
    },
    line: (stream, line) => emit({ type: "phase.output", id, stream, line }),
  };
}

function timeoutOf({ id: phase, timeoutMs = 0 }: PhasePlan): FailureValue {
  return { code: "phase-timeout", phase, timeoutMs };
}
