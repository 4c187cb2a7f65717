/** Why a request was not let through. */
export type Refusal = "full" | "deadline" | "closed-for-good" | "gone";

export interface GateOptions {
  /** How many may wait. */
  readonly maxHeld: number;
  /** Milliseconds one may wait. */
  readonly holdMs: number;
}

interface Waiter {
  readonly pass: () => void;
  readonly refuse: (why: Refusal) => void;
}

/**
 * The door's lock. Shut, it holds those who come, in order; open, it lets everyone pass. Those who waited pass first,
 * in the order of their coming, before anyone who comes later (C3).
 */
export class Gate {
  readonly #options: GateOptions;
  readonly #waiting = new Set<Waiter>();
  #open = false;
  #ended = false;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  get held(): number {
    return this.#waiting.size;
  }

  /**
   * Resolves with null when the caller may pass, or with why not. `gone` aborts when the caller has left.
   */
  enter(gone: AbortSignal): Promise<Refusal | null> {
    if (this.#ended) return Promise.resolve("closed-for-good");
    if (this.#open) return Promise.resolve(null);
    if (this.#waiting.size >= this.#options.maxHeld) return Promise.resolve("full");
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

  /** Lets in those who waited, then everyone. */
  open(): void {
    this.#open = true;
    // Promise reactions run in the order in which the promises were resolved: first come, first through.
    for (const waiter of [...this.#waiting]) waiter.pass();
  }

  /** Holds again, e.g. while the agent is started again. */
  close(): void {
    this.#open = false;
  }

  /** Refuses those who wait and all who come: the sandbox ends. */
  end(): void {
    this.#ended = true;
    for (const waiter of [...this.#waiting]) waiter.refuse("closed-for-good");
  }
}
