import type { InputProblem } from "../../base/failure.ts";
import type { AdoptRefusal, AdoptResult, Failure } from "../../protocol/index.ts";

/** How a request to adopt ended. */
export type AdoptOutcome =
  | ({ readonly id: "adopted" } & AdoptResult)
  | { readonly id: "invalid"; readonly problems: readonly InputProblem[] }
  | { readonly id: "refused"; readonly code: AdoptRefusal }
  | {
      readonly id: "failed";
      readonly phase: string;
      readonly failure: Failure;
      readonly readyByThen: readonly string[];
    };

/** Carries out a request. When it does not end `adopted`, the seed is as it was before. */
export type AdoptWork = (
  request: unknown,
  signal: AbortSignal,
) => Promise<Exclude<AdoptOutcome, { id: "refused" }>>;

type State =
  | { readonly id: "closed"; readonly code: Exclude<AdoptRefusal, "adopting"> }
  | { readonly id: "open"; readonly work: AdoptWork }
  | { readonly id: "busy"; readonly work: AdoptWork; readonly ended: Promise<unknown> };

/**
 * Admits requests to adopt a seed: one at a time, and none after one that succeeded.
 *
 *    closed ──open()──► open ──adopt()──► busy ──succeeded──► closed
 *    (not-seeded-yet)     ▲                 │                 (already-adopted)
 *                         └─────failed──────┘
 *
 *    any state ──close()──► closed (stopping)
 */
export class AdoptAdmission {
  readonly #stop = new AbortController();
  #state: State = { id: "closed", code: "not-seeded-yet" };

  /** The seed has booted. */
  open(work: AdoptWork): void {
    this.#state = { id: "open", work };
  }

  async adopt(request: unknown): Promise<AdoptOutcome> {
    const state = this.#state;
    switch (state.id) {
      case "closed":
        return refused(state.code);
      case "busy":
        return refused("adopting");
      case "open": {
        const working = state.work(request, this.#stop.signal);
        const busy: State = { id: "busy", work: state.work, ended: working };
        this.#state = busy;
        let adopted = false;
        try {
          const outcome = await working;
          adopted = outcome.id === "adopted";
          return outcome;
        } finally {
          // It may have been closed meanwhile.
          if (this.#state === busy) {
            this.#state = adopted
              ? { id: "closed", code: "already-adopted" }
              : { id: "open", work: state.work };
          }
        }
      }
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
}

function refused(code: AdoptRefusal): AdoptOutcome {
  return { id: "refused", code };
}
