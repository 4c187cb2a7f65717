import { processTimers } from "../base/timers.ts";

/** Why a request was not let through. */
export type Refusal = "full" | "deadline" | "unavailable" | "closed-for-good" | "gone";

export interface GateOptions {
  /** How many requests may wait. */
  readonly maxHeld: number;
  /** Milliseconds that a request may wait. */
  readonly holdMs: number;
}

/** The caller who wants to pass. */
export interface Caller {
  /** Aborted when the caller has disconnected. */
  readonly gone: AbortSignal;
  /**
   * Whether `gone` would tell of it now. The end of a connection comes after the data on it, so nobody sees it while the
   * data waits to be read.
   */
  readonly isWatched: () => boolean;
}

interface Waiter {
  readonly isWatched: Caller["isWatched"];
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
   * Resolves with null when the caller may pass, or with the reason for the refusal. When all places are taken, the first
   * caller who may have left unnoticed gives up its place.
   */
  async enter(caller: Caller): Promise<Refusal | null> {
    switch (this.#position) {
      case "open":
        return null;
      case "refusing":
        return "unavailable";
      case "ended":
        return "closed-for-good";
      case "holding":
        return this.#hasPlace() ? await this.#wait(caller) : "full";
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

  #hasPlace(): boolean {
    if (this.#waiting.size < this.#options.maxHeld) return true;
    const unwatched = [...this.#waiting].find(({ isWatched }) => !isWatched());
    unwatched?.refuse("full");
    return unwatched !== undefined;
  }

  #wait({ gone, isWatched }: Caller): Promise<Refusal | null> {
    if (gone.aborted) return Promise.resolve("gone");
    return new Promise((resolve) => {
      const settle = (result: Refusal | null) => {
        cancel();
        gone.removeEventListener("abort", onGone);
        this.#waiting.delete(waiter);
        resolve(result);
      };
      const waiter: Waiter = { isWatched, pass: () => settle(null), refuse: settle };
      const onGone = () => settle("gone");
      const cancel = processTimers.after(this.#options.holdMs, () => settle("deadline"));
      gone.addEventListener("abort", onGone, { once: true });
      this.#waiting.add(waiter);
    });
  }
}
