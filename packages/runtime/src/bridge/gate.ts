/** Why a request was not let through. */
export type Refusal = "full" | "deadline" | "unavailable" | "closed-for-good" | "gone";

export interface GateOptions {
  /** How many requests may wait. */
  readonly maxHeld: number;
  /** Milliseconds that a request may wait. */
  readonly holdMs: number;
}

interface Waiter {
  readonly pass: () => void;
  readonly refuse: (why: Refusal) => void;
}

/**
 * Decides whether requests pass, wait or are refused. When it opens, the requests that waited pass first, in the order of
 * their arrival, before any later one (C3).
 */
export class Gate {
  readonly #options: GateOptions;
  readonly #waiting = new Set<Waiter>();
  #position: "holding" | "open" | "refusing" | "ended" = "holding";

  constructor(options: GateOptions) {
    this.#options = options;
  }

  get held(): number {
    return this.#waiting.size;
  }

  /**
   * Resolves with null when the caller may pass, or with the reason for the refusal.
   *
   * @param gone - Aborted when the caller has disconnected.
   */
  async enter(gone: AbortSignal): Promise<Refusal | null> {
    switch (this.#position) {
      case "open":
        return null;
      case "refusing":
        return "unavailable";
      case "ended":
        return "closed-for-good";
      case "holding":
        return this.#waiting.size >= this.#options.maxHeld ? "full" : await this.#wait(gone);
      default:
        return this.#position satisfies never;
    }
  }

  /** Lets the waiting requests pass, then all others. */
  open(): void {
    if (this.#position === "ended") return;
    this.#position = "open";
    // Promise reactions run in the order in which the promises are resolved, so the order of arrival is kept.
    for (const waiter of [...this.#waiting]) waiter.pass();
  }

  /** Lets requests wait, e.g. while the agent restarts. */
  hold(): void {
    if (this.#position !== "ended") this.#position = "holding";
  }

  /** Refuses the waiting requests and all others until it opens or holds again. */
  refuse(): void {
    if (this.#position === "ended") return;
    this.#position = "refusing";
    this.#refuseAll("unavailable");
  }

  /** Refuses all requests for good, because the sandbox ends. */
  end(): void {
    this.#position = "ended";
    this.#refuseAll("closed-for-good");
  }

  #refuseAll(why: Refusal): void {
    for (const waiter of [...this.#waiting]) waiter.refuse(why);
  }

  #wait(gone: AbortSignal): Promise<Refusal | null> {
    if (gone.aborted) return Promise.resolve("gone");
    return new Promise((resolve) => {
      const settle = (result: Refusal | null) => {
        clearTimeout(timer);
        gone.removeEventListener("abort", onGone);
        this.#waiting.delete(waiter);
        resolve(result);
      };
      const waiter: Waiter = { pass: () => settle(null), refuse: settle };
      const onGone = () => settle("gone");
      const timer = setTimeout(() => settle("deadline"), this.#options.holdMs);
      gone.addEventListener("abort", onGone, { once: true });
      this.#waiting.add(waiter);
    });
  }
}
