/** Why a request was not let through. */
export type Refusal = "full" | "deadline" | "unavailable" | "closed-for-good" | "gone";

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
 * The door's lock. Holding, it lets those who come wait, in order; open, it lets everyone pass; refusing, nobody. Those
 * who waited pass first, in the order of their coming, before anyone who comes later (C3).
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
   * Resolves with null when the caller may pass, or with why not. `gone` aborts when the caller has left.
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

  /** Lets in those who waited, then everyone. */
  open(): void {
    if (this.#position === "ended") return;
    this.#position = "open";
    // Promise reactions run in the order in which the promises were resolved: first come, first through.
    for (const waiter of [...this.#waiting]) waiter.pass();
  }

  /** Lets those who come wait, e.g. while the agent is started again. */
  hold(): void {
    if (this.#position !== "ended") this.#position = "holding";
  }

  /** Refuses those who wait and all who come: waiting has no sense for now. */
  refuse(): void {
    if (this.#position === "ended") return;
    this.#position = "refusing";
    this.#refuseAll("unavailable");
  }

  /** The same for ever: the sandbox ends. */
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
