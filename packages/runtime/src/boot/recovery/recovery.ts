import type { Clock } from "../../base/clock.ts";
import { Failed } from "../../base/failed.ts";
import type { EventBus } from "../../observe/events/bus.ts";
import type { RetryAnswer } from "../../protocol/index.ts";
import { startGraph } from "../graph/execute.ts";
import type { ExecuteOptions, GraphResult } from "../graph/graph-run.ts";
import type { Plan } from "../graph/plan.ts";
import type { BootParts, BootPhase } from "../phases/phase.ts";
import { bindPhases, type Interrupts, planOf } from "../phases/table.ts";
import { changedInputs, type Inputs, lookAtInputs } from "./inputs.ts";
import type { RetryAdmission } from "./retry-admission.ts";
import { isSidecar, phasesToRunAgain } from "./what-again.ts";

type FailedResult = Extract<GraphResult, { id: "failed" }>;

export interface RecoveryOptions {
  readonly clock: Clock;
  readonly bus: EventBus;
  readonly parts: BootParts;
  readonly interrupts: Interrupts;
  readonly retries: RetryAdmission;
  /** All phases of the boot, and the plan of them. */
  readonly phases: readonly BootPhase[];
  readonly plan: Plan;
  readonly decidedBy: NonNullable<ExecuteOptions["decidedBy"]>;
  /** Makes prompts wait for the retry. */
  readonly holdPrompts: (reason: string) => void;
  /** Called when a retry has ended, before the next can begin. */
  readonly onRetried: (result: GraphResult) => Promise<void>;
}

/**
 * Keeps a sandbox whose boot has failed, so that a person can mend it: the agent is ended, prompts are refused with the
 * cause, and the sidecars run. A retry runs the graph again from the phase that failed.
 *
 *    begin() ──► recovering ──retry──► retrying ──failed──► recovering
 *                                          └─────worked──► over
 */
export class Recovery {
  readonly #options: RecoveryOptions;
  readonly #end = new AbortController();
  /** What has ended well so far, and what it gave. */
  #settled: Map<string, unknown>;
  #result: GraphResult;
  /** The work that is under way: what begins the recovery, then the retry. */
  #work: Promise<void>;
  #sidecars: Promise<void> = Promise.resolve();
  #inputs: Inputs = new Map();

  private constructor(failed: FailedResult, options: RecoveryOptions) {
    this.#options = options;
    this.#settled = new Map(failed.settled);
    this.#result = failed;
    this.#work = this.#recover(failed);
  }

  /** The boot has failed. Retries are admitted as soon as the agent has ended. */
  static begin(failed: FailedResult, options: RecoveryOptions): Recovery {
    return new Recovery(failed, options);
  }

  /** Ends a retry that is under way. @returns How the last attempt ended. */
  async close(): Promise<GraphResult> {
    this.#options.retries.close();
    this.#end.abort(new Error("the sandbox is ending"));
    await this.#work;
    await this.#sidecars;
    return this.#result;
  }

  async #recover({ phase, failure }: FailedResult): Promise<void> {
    const { bus, parts, phases, plan, retries } = this.#options;
    bus.emit({ type: "recovery.started", phase });
    const title = plan.phases.find(({ id }) => id === phase)?.title ?? phase;
    parts.closeBridge(`the boot has failed: ${title}: ${failure.message}`);
    // One that cannot be ended has failed, and its state says so.
    const [inputs] = await Promise.all([
      lookAtInputs(phases),
      ...parts.agents.map(({ process }) => process.stop().catch(() => {})),
    ]);
    this.#inputs = inputs;
    this.#sidecars = this.#startSidecars(phase);
    retries.open((from) => this.#retry(from ?? phase));
  }

  /** Starts the sidecars that the failure has kept from starting, and waits for those that were starting. */
  async #startSidecars(failed: string): Promise<void> {
    const { clock, bus, parts, phases } = this.#options;
    const missing = phases.filter(
      ({ plan: { id } }) => isSidecar(id) && id !== failed && !this.#settled.has(id),
    );
    if (missing.length === 0) return;
    // One that fails now is a warning. There is no boot that it could fail.
    const optional = missing.map((phase) => ({
      ...phase,
      plan: { ...phase.plan, needs: [], required: false },
    }));
    const work = bindPhases(optional.map(waitIfStarted), parts);
    const graph = startGraph(planOf(optional), work, {
      clock,
      emit: bus.emit.bind(bus),
      signal: this.#end.signal,
    });
    const { settled } = await graph.decided;
    for (const [id, output] of settled) this.#settled.set(id, output);
  }

  /** Resolves when the retry has begun. */
  async #retry(from: string): Promise<RetryAnswer> {
    const { phases, plan } = this.#options;
    const known = plan.phases.map(({ id }) => id);
    if (!known.includes(from)) {
      const [expected, found] = [`one of ${known.join(", ")}`, JSON.stringify(from)];
      throw new Failed({ code: "bad-request", problem: "field", field: "from", expected, found });
    }
    const changed = changedInputs(this.#inputs, await lookAtInputs(phases));
    const settled = new Set(this.#settled.keys());
    const again = phasesToRunAgain(plan, { from, changed, settled });
    this.#work = this.#runAgain(from, new Set(again));
    return { from, phases: again };
  }

  async #runAgain(from: string, again: ReadonlySet<string>): Promise<void> {
    const { clock, bus, parts, phases, plan, interrupts, retries } = this.#options;
    const kept = plan.phases.map(({ id }) => id).filter((id) => !again.has(id));
    const chosen = phases.filter(({ plan: { id } }) => again.has(id));
    const next = planOf(chosen, kept);
    this.#options.holdPrompts("the boot is tried again");
    bus.emit({ type: "retry.started", from, phases: [...next.phases] });
    const graph = startGraph(next, bindPhases(chosen, parts), {
      clock,
      emit: bus.emit.bind(bus),
      signal: this.#end.signal,
      earlier: new Map(kept.map((id) => [id, this.#settled.get(id)])),
      interrupts,
      decidedBy: this.#options.decidedBy,
    });
    parts.defer(async () => {
      this.#end.abort(new Error("the sandbox is ending"));
      await graph.ended;
    });
    const result = await graph.decided;
    // A retry that somebody ended leaves the boot as failed as it was.
    if (result.id === "cancelled") return;
    this.#result = result;
    this.#settled = new Map(result.settled);
    await this.#options.onRetried(result);
    if (result.id === "failed") await this.#recover(result);
    else retries.settle();
  }
}

/** A sidecar that was starting when the boot failed has its port already. It is only waited for. */
function waitIfStarted(phase: BootPhase): BootPhase {
  const id = phase.plan.id.replace(/^sidecar\./, "");
  return {
    ...phase,
    run: async (parts, context) => {
      const process = parts.processes.get(id);
      const { status } = process.state;
      if (status.id !== "starting" && status.id !== "running") return phase.run(parts, context);
      process.supervise();
      const { by, attempts } = await process.ready(context.signal);
      context.detail({ by, attempts });
    },
  };
}
