import type { Clock } from "../../base/clock.ts";
import { Failed, failureOf, toWire } from "../../base/failed.ts";
import { phaseWarning } from "../../base/warned.ts";
import type { EventBody, Failure, PhaseStatus } from "../../protocol/index.ts";
import type { Detail, Phase, PhaseContext } from "./phase.ts";
import type { Plan } from "./plan.ts";

export interface ExecuteOptions {
  readonly clock: Clock;
  readonly emit: (event: EventBody) => void;
  /** Ends the boot: running phases are cancelled and awaited. */
  readonly signal: AbortSignal;
  /** What phases of an earlier graph gave (adopt). */
  readonly earlier?: ReadonlyMap<string, unknown>;
  /**
   * What has to have ended for the result: the `required` phases, because no other can change it any more, or `all`,
   * the default.
   */
  readonly decidedBy?: "required" | "all";
}

/** How a graph ended; what its phases gave is in `outputs` either way. */
export type GraphResult = { readonly outputs: ReadonlyMap<string, unknown> } & (
  | { readonly id: "done" }
  | {
      readonly id: "failed";
      readonly phase: string;
      readonly failure: Failure;
      /** Ids of the phases that had ended well by then. */
      readonly readyByThen: readonly string[];
    }
  | { readonly id: "cancelled"; readonly reason: string }
);

/** A graph under way. */
export interface GraphRun {
  /** Resolves when it is decided how the graph has gone; of one that failed or was cancelled, no phase runs then. */
  readonly decided: Promise<GraphResult>;
  /** Resolves when no phase runs any more. */
  readonly ended: Promise<void>;
}

/**
 * Runs a plan: each phase as soon as everything it needs has ended, all others at once.
 *
 * Structured: whoever starts it awaits `ended`. A required phase that fails cancels the others, which are awaited; an
 * optional one warns, and its dependents go on without its output (C8, C9). Never rejects for what a phase did: the
 * result says it.
 */
export function startGraph<Outputs>(plan: Plan<Outputs>, options: ExecuteOptions): GraphRun {
  const execution = new Execution(plan, options);
  const ended = execution.run();
  return { decided: execution.decided, ended };
}

/** The same, to its end: when this resolves, no phase runs any more. */
export async function executeGraph<Outputs>(
  plan: Plan<Outputs>,
  options: ExecuteOptions,
): Promise<GraphResult> {
  const { decided, ended } = startGraph(plan, options);
  await ended;
  return decided;
}

class Execution<Outputs> {
  readonly #plan: Plan<Outputs>;
  readonly #options: ExecuteOptions;
  /** Aborted by the first required failure; the reason is of no interest, the result has it. */
  readonly #failed = new AbortController();
  readonly #stop: AbortSignal;
  readonly #outputs: Map<string, unknown>;
  /** Phases whose dependents may go on: done, or optional and failed. */
  readonly #settled: Set<string>;
  readonly #running = new Map<string, Promise<void>>();
  readonly #started = new Set<string>();
  /** Phases that look ahead until they start. */
  readonly #foreseeing = new Map<string, AbortController>();
  readonly #decided = Promise.withResolvers<GraphResult>();
  #isDecided = false;
  #failure: { phase: string; failure: Failure; readyByThen: string[] } | undefined;

  constructor(plan: Plan<Outputs>, options: ExecuteOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#stop = AbortSignal.any([options.signal, this.#failed.signal]);
    this.#outputs = new Map(options.earlier);
    this.#settled = new Set(this.#outputs.keys());
  }

  get decided(): Promise<GraphResult> {
    return this.#decided.promise;
  }

  async run(): Promise<void> {
    try {
      for (const phase of this.#plan.phases) this.#foresee(phase);
      this.#startWhatCan();
      while (this.#running.size > 0) await Promise.race(this.#running.values());
      this.#skipTheRest();
      this.#decide();
    } catch (error) {
      // A fault of ours, told to whoever waits.
      if (this.#isDecided) throw error;
      this.#decided.reject(error);
    }
  }

  /** The first time counts. */
  #decide(): void {
    this.#isDecided = true;
    this.#decided.resolve(this.#resultNow());
  }

  #resultNow(): GraphResult {
    const outputs = this.#outputs;
    if (this.#failure !== undefined) return { id: "failed", outputs, ...this.#failure };
    if (this.#options.signal.aborted) {
      return { id: "cancelled", outputs, reason: reasonOf(this.#options.signal) };
    }
    return { id: "done", outputs };
  }

  /** Whether what is left cannot change the result any more. */
  #onlyLateOnesAreLeft(): boolean {
    if (this.#options.decidedBy !== "required" || this.#stop.aborted) return false;
    return this.#plan.phases.every(({ id, required }) => !required || this.#settled.has(id));
  }

  #startWhatCan(): void {
    for (const phase of this.#plan.phases) {
      // Asked anew for each: a phase that was just started may have failed at once.
      if (this.#stop.aborted) return;
      if (this.#started.has(phase.id)) continue;
      if (!phase.needs.every((need) => this.#settled.has(need))) continue;
      this.#start(phase);
    }
  }

  #start(phase: Phase<Outputs>): void {
    this.#started.add(phase.id);
    this.#foreseeing.get(phase.id)?.abort();
    this.#running.set(phase.id, this.#runOne(phase));
  }

  #foresee(phase: Phase<Outputs>): void {
    if (phase.foresee === undefined) return;
    const started = new AbortController();
    this.#foreseeing.set(phase.id, started);
    phase.foresee(AbortSignal.any([this.#stop, started.signal])).catch((error: unknown) => {
      if (this.#stop.aborted || this.#started.has(phase.id)) return;
      this.#start({ ...phase, run: () => Promise.reject(error) });
    });
  }

  async #runOne(phase: Phase<Outputs>): Promise<void> {
    const { clock, emit } = this.#options;
    const startMs = clock.nowMs();
    const detail: Detail = {};
    const timeout = new AbortController();
    const timer =
      phase.timeoutMs === undefined
        ? undefined
        : setTimeout(() => timeout.abort(new Error("timeout")), phase.timeoutMs);
    emit({ type: "phase.started", id: phase.id });
    let failure: Failure | undefined;
    let fatal = phase.required;
    try {
      const signal = AbortSignal.any([this.#stop, timeout.signal]);
      this.#outputs.set(phase.id, await phase.run(this.#contextFor(phase, signal, detail)));
    } catch (error) {
      const isTimeout = timeout.signal.aborted && !this.#stop.aborted && !(error instanceof Failed);
      const { id, timeoutMs = 0 } = phase;
      failure = toWire(
        isTimeout ? { code: "phase-timeout", phase: id, timeoutMs } : failureOf(error),
      );
      fatal ||= error instanceof Failed && error.fatal;
    } finally {
      clearTimeout(timer);
      this.#running.delete(phase.id);
    }
    const status = this.#settle(phase, failure, fatal);
    emit({
      type: "phase.ended",
      id: phase.id,
      status,
      startMs,
      endMs: clock.nowMs(),
      detail,
      ...(failure === undefined || status === "cancelled" ? {} : { failure }),
    });
    if (this.#onlyLateOnesAreLeft()) this.#decide();
    this.#startWhatCan();
  }

  #settle(phase: Phase<Outputs>, failure: Failure | undefined, fatal: boolean): PhaseStatus {
    if (failure === undefined) {
      this.#settled.add(phase.id);
      return "done";
    }
    if (this.#stop.aborted) return "cancelled";
    if (!fatal || this.#isDecided) {
      this.#settled.add(phase.id);
      const { code, message } = failure;
      this.#options.emit({ type: "phase.warning", id: phase.id, code, message });
      return "warned";
    }
    this.#failure = { phase: phase.id, failure, readyByThen: [...this.#settled] };
    this.#failed.abort();
    return "failed";
  }

  #skipTheRest(): void {
    const now = this.#options.clock.nowMs();
    for (const phase of this.#plan.phases) {
      if (this.#started.has(phase.id)) continue;
      this.#options.emit({
        type: "phase.ended",
        id: phase.id,
        status: "skipped",
        startMs: null,
        endMs: now,
        detail: {},
      });
    }
  }

  #contextFor(phase: Phase<Outputs>, signal: AbortSignal, detail: Detail): PhaseContext<Outputs> {
    const { emit } = this.#options;
    const { id } = phase;
    const needs = this.#plan.allNeeds.get(id) ?? new Set<string>();
    const outputIfDone = <Id extends keyof Outputs>(need: Id): Outputs[Id] | undefined => {
      const name = String(need);
      if (!needs.has(name) && this.#options.earlier?.has(name) !== true) {
        throw new Error(`phase "${id}" reads "${name}", which is not among its needs`);
      }
      return this.#outputs.get(name) as Outputs[Id] | undefined;
    };
    return {
      id,
      signal,
      outputIfDone,
      output: (need) => {
        const value = outputIfDone(need);
        if (value === undefined) {
          throw new Error(`phase "${id}" needs what "${String(need)}" gives, and it gave nothing`);
        }
        return value;
      },
      detail: (more) => {
        Object.assign(detail, more);
        emit({ type: "phase.detail", id, detail: more });
      },
      warn: (warning) => emit(phaseWarning(id, warning)),
      line: (stream, line) => emit({ type: "phase.output", id, stream, line }),
    };
  }
}

function reasonOf(signal: AbortSignal): string {
  return signal.reason instanceof Error ? signal.reason.message : String(signal.reason);
}
