import type { PhasePlan } from "../../protocol/index.ts";

/**
 * The lifecycle of one phase. Others may build on it once it is settled.
 *
 *                   needs settled, or foresee rejected
 *    waiting ─────────────────────────────────────────► running
 *       │                                                  ├─ returned ──────────► settled (done)
 *       │                                                  ├─ failed, optional ──► settled (warned)
 *       ├─ ended by `until` ──► settled (skipped)          ├─ ended by `until` ──► settled (cancelled)
 *       │                                                  ├─ failed, required ──► over (failed)
 *       └─ graph stopped ─────► over (skipped)             └─ graph stopped ─────► over (cancelled)
 */
export type PhaseLifecycle =
  | { readonly id: "waiting"; readonly foresight: AbortController }
  | { readonly id: "running"; readonly cut: AbortController; readonly ended: Promise<void> }
  | { readonly id: "settled" }
  | { readonly id: "over" };

/** The lifecycles of a plan's phases, and what those that have settled gave. */
export class Lifecycles {
  readonly #phases: readonly PhasePlan[];
  readonly #lifecycles: Map<string, PhaseLifecycle>;
  readonly #settled: Map<string, unknown>;

  /** @param earlier - What the settled phases of an earlier graph gave. */
  constructor(phases: readonly PhasePlan[], earlier: ReadonlyMap<string, unknown>) {
    this.#phases = phases;
    this.#lifecycles = new Map(
      phases.map(({ id }) => [id, { id: "waiting", foresight: new AbortController() }]),
    );
    this.#settled = new Map(earlier);
  }

  /** The settled phases, those of the earlier graph included, and what each gave. */
  get settled(): ReadonlyMap<string, unknown> {
    return this.#settled;
  }

  of({ id }: PhasePlan): PhaseLifecycle {
    const lifecycle = this.#lifecycles.get(id);
    if (lifecycle === undefined) throw new Error(`phase "${id}" is not in the plan`);
    return lifecycle;
  }

  /** In plan order. */
  waiting(): PhasePlan[] {
    return this.#phases.filter((phase) => this.of(phase).id === "waiting");
  }

  /** Resolves when one of the running phases has ended; null when none runs. */
  nextEnd(): Promise<void> | null {
    const running = [...this.#lifecycles.values()].flatMap((lifecycle) =>
      lifecycle.id === "running" ? lifecycle.ended : [],
    );
    return running.length === 0 ? null : Promise.race(running);
  }

  /** @param output - What a settled phase gave. */
  enter(phase: PhasePlan, next: PhaseLifecycle, output?: unknown): void {
    const lifecycle = this.of(phase);
    if (lifecycle.id === "waiting") lifecycle.foresight.abort();
    this.#lifecycles.set(phase.id, next);
    if (next.id === "settled") this.#settled.set(phase.id, output);
  }
}
