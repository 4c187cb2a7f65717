import type { InputProblem } from "../../base/failure.ts";
import type { Binding } from "../../protocol/binding.ts";
import type { AdoptRefusal, AdoptResult, Failure } from "../../protocol/index.ts";

/** How a request to adopt ended. */
export type AdoptOutcome =
  | ({ readonly id: "adopted" } & AdoptResult)
  | { readonly id: "invalid"; readonly problems: readonly InputProblem[] }
  | { readonly id: "refused"; readonly code: Exclude<AdoptRefusal, "already-bound"> }
  | { readonly id: "bound"; readonly by: string }
  | {
      readonly id: "failed";
      readonly phase: string;
      readonly failure: Failure;
      readonly readyByThen: readonly string[];
      /** Not all of it could be undone. */
      readonly spent?: boolean;
    };

/** A request to adopt, read but not checked against the seed. */
export interface AdoptRequest {
  /** Of the binding. */
  readonly id: string;
  readonly binding: Binding;
  /** What it came by, for messages. */
  readonly source: string;
}

/** Carries out a request. When it does not end `adopted`, the seed is as it was before, or spent. */
export type AdoptWork = (
  request: AdoptRequest,
  signal: AbortSignal,
) => Promise<Exclude<AdoptOutcome, { id: "refused" | "bound" }>>;

type State =
  | { readonly id: "closed"; readonly code: "not-seeded-yet" | "spent" | "stopping" }
  | { readonly id: "open"; readonly work: AdoptWork }
  | {
      readonly id: "busy";
      readonly work: AdoptWork;
      readonly by: string;
      readonly ended: Promise<AdoptOutcome>;
    }
  | { readonly id: "bound"; readonly by: string; readonly outcome: AdoptOutcome };

/**
 * Admits bindings to a seed: one at a time, and none after one that succeeded. The same id again gets the same answer.
 *
 *    closed ──open()──► open ──adopt()──► busy ──succeeded──► bound
 *    (not-seeded-yet)     ▲                 │
 *                         └─────failed──────┴──could not be undone──► closed (spent)
 *
 *    any state ──close()──► closed (stopping)
 */
export class AdoptAdmission {
  readonly #stop = new AbortController();
  readonly #isFrozen: () => boolean;
  #state: State = { id: "closed", code: "not-seeded-yet" };

  constructor(isFrozen: () => boolean) {
    this.#isFrozen = isFrozen;
  }

  /** Whether a binding has succeeded. */
  get isBound(): boolean {
    return this.#state.id === "bound";
  }

  /** The seed has booted. */
  open(work: AdoptWork): void {
    this.#state = { id: "open", work };
  }

  async adopt(request: AdoptRequest): Promise<AdoptOutcome> {
    const state = this.#state;
    switch (state.id) {
      case "closed":
        return { id: "refused", code: state.code };
      case "bound":
        return request.id === state.by ? state.outcome : { id: "bound", by: state.by };
      case "busy":
        return request.id === state.by ? await state.ended : { id: "refused", code: "adopting" };
      case "open":
        if (this.#isFrozen()) return { id: "refused", code: "frozen" };
        return await this.#bind(request, state.work);
      default:
        return state satisfies never;
    }
  }

  /** Stops an adopt that is under way and waits for its end. No request is admitted any more. */
  async close(): Promise<void> {
    const state = this.#state;
    this.#state = { id: "closed", code: "stopping" };
    this.#stop.abort(new Error("the sandbox is ending"));
    if (state.id === "busy") await state.ended.catch(() => {});
  }

  async #bind(request: AdoptRequest, work: AdoptWork): Promise<AdoptOutcome> {
    const by = request.id;
    const ended = work(request, this.#stop.signal);
    const busy: State = { id: "busy", work, by, ended };
    this.#state = busy;
    // When the work throws, nobody knows what it has left.
    let next: State = { id: "closed", code: "spent" };
    try {
      const outcome = await ended;
      if (outcome.id === "adopted") next = { id: "bound", by, outcome };
      else if (outcome.id !== "failed" || outcome.spent !== true) next = { id: "open", work };
      return outcome;
    } finally {
      // It may have been closed meanwhile.
      if (this.#state === busy) this.#state = next;
    }
  }
}
