import type { Failure, PhasePlan, PhaseStatus } from "../../protocol/index.ts";
import type { ExecuteOptions, GraphResult, GraphRun, WorkById } from "./graph-run.ts";
import { Lifecycles } from "./lifecycles.ts";
import type { Detail, PhaseWork } from "./phase.ts";
import type { Plan } from "./plan.ts";
import { type PhaseEnd, runPhase } from "./run-phase.ts";

/**
 * Runs a plan: each phase as soon as everything that it needs has settled, all others at once.
 *
 * The caller awaits `ended`. A required phase that fails cancels all others and waits for them (C8). An optional phase
 * that fails warns, and the phases that need it go on without its output (C9). A phase with an `until` is cancelled when a
 * phase that it names starts, or an interrupt that it names comes; that phase does not wait for its end.
 *
 * Neither promise rejects for what a phase did: the result says it.
 *
 * @param work - Must hold the work of every phase of the plan.
 */
export function startGraph<Outputs>(
  plan: Plan,
  work: WorkById<Outputs>,
  options: ExecuteOptions,
): GraphRun {
  const execution = new Execution(plan, work, options);
  const ended = execution.run();
  return { decided: execution.decided, ended };
}

/** Runs a plan to its end: when this resolves, no phase runs any more. */
export async function executeGraph<Outputs>(
  plan: Plan,
  work: WorkById<Outputs>,
  options: ExecuteOptions,
): Promise<GraphResult> {
  const { decided, ended } = startGraph(plan, work, options);
  await ended;
  return decided;
}

class Execution<Outputs> {
  readonly #plan: Plan;
  readonly #work: WorkById<Outputs>;
  readonly #options: ExecuteOptions;
  /** Aborted by the first required failure. */
  readonly #failed = new AbortController();
  /** Aborted when the graph has failed or is stopped. */
  readonly #stop: AbortSignal;
  readonly #lifecycles: Lifecycles;
  readonly #decided = Promise.withResolvers<GraphResult>();
  #isDecided = false;
  #failure: { phase: string; failure: Failure; readyByThen: string[] } | undefined;

  constructor(plan: Plan, work: WorkById<Outputs>, options: ExecuteOptions) {
    this.#plan = plan;
    this.#work = work;
    this.#options = options;
    this.#stop = AbortSignal.any([options.signal, this.#failed.signal]);
    this.#lifecycles = new Lifecycles(plan.phases, options.earlier ?? new Map());
  }

  get decided(): Promise<GraphResult> {
    return this.#decided.promise;
  }

  async run(): Promise<void> {
    const ended = new AbortController();
    try {
      this.#followInterrupts(ended.signal);
      for (const phase of this.#plan.phases) this.#foresee(phase);
      this.#advance();
      for (let end = this.#lifecycles.nextEnd(); end !== null; end = this.#lifecycles.nextEnd())
        await end;
      for (const phase of this.#lifecycles.waiting()) this.#skip(phase, "over");
      this.#decide();
    } catch (error) {
      // A fault of ours: the caller must hear of it, through the one promise or the other.
      if (this.#isDecided) throw error;
      this.#decided.reject(error);
    } finally {
      ended.abort();
    }
  }

  /** Starts all that can start. */
  #advance(): void {
    // A start may stop the graph or settle other phases, so each time the next one is looked for anew.
    while (!this.#stop.aborted) {
      const { settled } = this.#lifecycles;
      const next = this.#lifecycles
        .waiting()
        .find(({ needs }) => needs.every((id) => settled.has(id)));
      if (next === undefined) break;
      this.#start(next, this.#workOf(next));
    }
    if (this.#onlyLatePhasesAreLeft()) this.#decide();
  }

  #start(phase: PhasePlan, work: PhaseWork<Outputs>): void {
    const { clock, emit } = this.#options;
    const cut = new AbortController();
    const ended = Promise.withResolvers<void>();
    this.#lifecycles.enter(phase, { id: "running", cut, ended: ended.promise });
    const startMs = clock.nowMs();
    emit({ type: "phase.started", id: phase.id });
    this.#interrupt(phase.id);
    ended.resolve(this.#runToEnd(phase, work, { startMs, cut: cut.signal }));
  }

  async #runToEnd(
    phase: PhasePlan,
    work: PhaseWork<Outputs>,
    { startMs, cut }: { readonly startMs: number; readonly cut: AbortSignal },
  ): Promise<void> {
    const { clock, emit } = this.#options;
    const signal = AbortSignal.any([this.#stop, cut]);
    const outputOf = (need: string) => this.#outputOf(phase, need);
    const end = await runPhase({ phase, work, signal, stopping: this.#stop, emit, outputOf });
    const status = this.#settle(phase, end, cut);
    emit({
      type: "phase.ended",
      id: phase.id,
      status,
      startMs,
      endMs: clock.nowMs(),
      detail: { ...end.detail, ...(status === "cancelled" && untilOf(cut)) },
      ...(end.id === "returned" &&
        end.skippedBecause !== undefined && { because: end.skippedBecause }),
      ...(end.id === "threw" && status !== "cancelled" && { failure: end.failure }),
    });
    this.#advance();
  }

  #settle(phase: PhasePlan, end: PhaseEnd, cut: AbortSignal): PhaseStatus {
    if (end.id === "returned") {
      this.#lifecycles.enter(phase, { id: "settled" }, end.output);
      return end.skippedBecause === undefined ? "done" : "skipped";
    }
    if (this.#stop.aborted) {
      this.#lifecycles.enter(phase, { id: "over" });
      return "cancelled";
    }
    if (cut.aborted) {
      this.#lifecycles.enter(phase, { id: "settled" });
      return "cancelled";
    }
    const { failure, fatal } = end;
    // Once the result is decided, no failure changes it.
    if (this.#isDecided || !(phase.required || fatal)) {
      this.#lifecycles.enter(phase, { id: "settled" });
      const { code, message } = failure;
      this.#options.emit({ type: "phase.warning", id: phase.id, code, message });
      return "warned";
    }
    this.#lifecycles.enter(phase, { id: "over" });
    this.#failure = { phase: phase.id, failure, readyByThen: [...this.#lifecycles.settled.keys()] };
    this.#failed.abort();
    return "failed";
  }

  #foresee(phase: PhasePlan): void {
    const lifecycle = this.#lifecycles.of(phase);
    const { foresee } = this.#workOf(phase);
    if (foresee === undefined || lifecycle.id !== "waiting") return;
    foresee(AbortSignal.any([this.#stop, lifecycle.foresight.signal])).catch((error: unknown) => {
      if (this.#stop.aborted || this.#lifecycles.of(phase).id !== "waiting") return;
      this.#start(phase, { run: () => Promise.reject(error) });
    });
  }

  #followInterrupts(ended: AbortSignal): void {
    for (const [name, signal] of Object.entries(this.#options.interrupts ?? {})) {
      const onInterrupt = () => {
        this.#interrupt(name);
        this.#advance();
      };
      if (signal.aborted) this.#interrupt(name);
      else signal.addEventListener("abort", onInterrupt, { once: true, signal: ended });
    }
  }

  /** Ends the phases that run until this: a phase has started, or an interrupt has come. */
  #interrupt(name: string): void {
    for (const phase of this.#plan.phases) {
      if (phase.until?.includes(name) !== true) continue;
      const lifecycle = this.#lifecycles.of(phase);
      if (lifecycle.id === "waiting") this.#skip(phase, "settled", { until: name });
      if (lifecycle.id === "running") lifecycle.cut.abort(new EndedEarly(name));
    }
  }

  /** Ends a phase that has not started. */
  #skip(phase: PhasePlan, next: "settled" | "over", detail: Detail = {}): void {
    const { clock, emit } = this.#options;
    this.#lifecycles.enter(phase, { id: next });
    const { id } = phase;
    const endMs = clock.nowMs();
    emit({ type: "phase.ended", id, status: "skipped", startMs: null, endMs, detail });
  }

  #workOf({ id }: PhasePlan): PhaseWork<Outputs> {
    const work = this.#work.get(id);
    if (work === undefined) throw new Error(`phase "${id}" has no work`);
    return work;
  }

  #outputOf({ id }: PhasePlan, need: string): unknown {
    const isNeeded = this.#plan.allNeeds.get(id)?.has(need) || this.#options.earlier?.has(need);
    if (isNeeded) return this.#lifecycles.settled.get(need);
    throw new Error(`phase "${id}" reads "${need}", which is not among its needs`);
  }

  /** Whether nothing that is left can change the result. */
  #onlyLatePhasesAreLeft(): boolean {
    if (this.#options.decidedBy !== "required" || this.#stop.aborted) return false;
    return this.#plan.phases.every(
      ({ id, required }) => !required || this.#lifecycles.settled.has(id),
    );
  }

  /** Decides the result. Only the first call counts. */
  #decide(): void {
    this.#isDecided = true;
    this.#decided.resolve(this.#resultNow());
  }

  #resultNow(): GraphResult {
    const settled = this.#lifecycles.settled;
    if (this.#failure !== undefined) return { id: "failed", settled, ...this.#failure };
    const { signal } = this.#options;
    if (!signal.aborted) return { id: "done", settled };
    const reason = signal.reason instanceof Error ? signal.reason.message : String(signal.reason);
    return { id: "cancelled", settled, reason };
  }
}

/** Why a phase with an `until` was ended early. */
class EndedEarly extends Error {
  /** The phase that has started, or the interrupt that has come. */
  readonly until: string;

  constructor(until: string) {
    super(`ended early: ${until}`);
    this.name = "EndedEarly";
    this.until = until;
  }
}

/** Says in a phase's detail why it was ended early. */
function untilOf({ reason }: AbortSignal): Detail {
  return reason instanceof EndedEarly ? { until: reason.until } : {};
}
