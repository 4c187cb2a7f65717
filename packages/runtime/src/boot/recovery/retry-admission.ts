import { Failed } from "../../base/failed.ts";
import type { RetryAnswer } from "../../protocol/index.ts";

/**
 * Begins a retry. Resolves when it has begun, with the phases that run again.
 *
 * @param from - Id of the phase to begin with; null for the one that failed.
 * @throws Failed `bad-request` for a phase that this boot does not have.
 */
export type RetryWork = (from: string | null) => Promise<RetryAnswer>;

type State =
  | { readonly id: "closed"; readonly code: "nothing-to-retry" | "retrying" | "stopping" }
  | { readonly id: "open"; readonly work: RetryWork };

/**
 * Admits requests to retry: only after a boot has failed, and one at a time.
 *
 *    closed ──boot failed: open()──► open ──retry()──► closed ──failed again: open()──► open
 *    (nothing-to-retry)                               (retrying)
 *                                                        └─────worked: settle()──► closed (nothing-to-retry)
 *    any state ──close()──► closed (stopping)
 */
export class RetryAdmission {
  #state: State = { id: "closed", code: "nothing-to-retry" };

  /** A boot, or a retry, has failed. Does nothing when the sandbox is ending. */
  open(work: RetryWork): void {
    if (!this.#isStopping) this.#state = { id: "open", work };
  }

  /** A retry has worked. */
  settle(): void {
    if (!this.#isStopping) this.#state = { id: "closed", code: "nothing-to-retry" };
  }

  /** The sandbox is ending. */
  close(): void {
    this.#state = { id: "closed", code: "stopping" };
  }

  /** @throws Failed `nothing-to-retry`, `retrying` or `stopping`; what the work throws. */
  async retry(from: string | null): Promise<RetryAnswer> {
    const state = this.#state;
    if (state.id === "closed") throw new Failed({ code: state.code });
    const retrying: State = { id: "closed", code: "retrying" };
    this.#state = retrying;
    try {
      return await state.work(from);
    } catch (error) {
      if (this.#state === retrying) this.#state = state;
      throw error;
    }
  }

  get #isStopping(): boolean {
    return this.#state.id === "closed" && this.#state.code === "stopping";
  }
}
