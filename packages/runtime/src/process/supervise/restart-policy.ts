/** When and how often a process that ended by itself is started again. */
export interface RestartPolicy {
  /** `on-failure`: not after exit code 0. */
  readonly when: "always" | "on-failure" | "never";
  /** Restarts within {@link windowMs}; one more and it is given up. */
  readonly maxRestarts: number;
  readonly windowMs: number;
  /** The first wait; each later one is twice as long. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** A process that ran so long begins again with the first wait. */
  readonly quietMs: number;
}

export type RestartDecision =
  | { readonly id: "wait"; readonly delayMs: number; readonly attempt: number }
  | { readonly id: "give-up"; readonly restarts: number };

/**
 * Counts the restarts of one process and says when the next may be, if at all.
 *
 * The wait is exponential with "equal jitter": half of it is certain, half is drawn, so that processes that fell together do
 * not rise together, and none rises at once (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
export class RestartBudget {
  readonly #policy: RestartPolicy;
  readonly #random: () => number;
  /** When restarts were granted, within the window. */
  #grantedMs: number[] = [];
  /** Restarts since it last was quiet. */
  #attempts = 0;

  /** @param random - At least 0, below 1. */
  constructor(policy: RestartPolicy, random: () => number) {
    this.#policy = policy;
    this.#random = random;
  }

  /** @param ranMs - How long it was ready before it ended; 0 when it never was. */
  afterCrash(nowMs: number, ranMs: number): RestartDecision {
    const { maxRestarts, windowMs, backoffMs, maxBackoffMs, quietMs } = this.#policy;
    if (ranMs >= quietMs) this.reset();
    this.#grantedMs = this.#grantedMs.filter((grantedMs) => nowMs - grantedMs < windowMs);
    if (this.#grantedMs.length >= maxRestarts) {
      return { id: "give-up", restarts: this.#grantedMs.length };
    }
    this.#grantedMs.push(nowMs);
    const wholeMs = Math.min(maxBackoffMs, backoffMs * 2 ** this.#attempts);
    this.#attempts += 1;
    const delayMs = wholeMs / 2 + (this.#random() * wholeMs) / 2;
    return { id: "wait", delayMs, attempt: this.#attempts };
  }

  /** Somebody started it by hand: what was before does not count. */
  reset(): void {
    this.#grantedMs = [];
    this.#attempts = 0;
  }
}
