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

/** Takes a request that nothing speaks against, and carries it out until it has ended well or left no trace. */
export type AdoptWork = (
  request: unknown,
  signal: AbortSignal,
) => Promise<Exclude<AdoptOutcome, { id: "refused" }>>;

type State =
  | { readonly id: "closed"; readonly code: Exclude<AdoptRefusal, "adopting"> }
  | { readonly id: "open"; readonly work: AdoptWork }
  | { readonly id: "busy"; readonly work: AdoptWork; readonly ended: Promise<unknown> };

/**
 * Where requests to adopt come in: one at a time, and none after one that ended well.
 *
 *    closed ──open()──► open ──adopt()──► busy ──ended well──► closed
 *    (not-seeded-yet)     ▲                 │                  (already-adopted)
 *                         └─────failed──────┘
 */
export class AdoptDesk {
  readonly #stop = new AbortController();
  #state: State = { id: "closed", code: "not-seeded-yet" };

  /** The seed is up. */
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
          // Unless it was closed meanwhile.
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

  /** Ends an adopt that is under way, and waits for its end; none is taken any more. */
  async close(): Promise<void> {
    const state = this.#state;
    this.#state = { id: "closed", code: "stopping" };
    this.#stop.abort(new Error("the sandbox is being ended"));
    if (state.id === "busy") await state.ended.catch(() => {});
  }
}

function refused(code: AdoptRefusal): AdoptOutcome {
  return { id: "refused", code };
}
