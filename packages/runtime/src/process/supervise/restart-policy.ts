/** When and how often a process that crashed is restarted. */
export interface RestartPolicy {
  /** `on-failure`: except after exit code 0. */
  readonly when: "always" | "on-failure" | "never";
  /** How many restarts {@link windowMs} may have. One crash more, and the process is given up. */
  readonly maxRestarts: number;
  readonly windowMs: number;
  /** The first backoff; each later one is twice as long. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** After so long in readiness, a crash starts over with the first backoff. */
  readonly quietMs: number;
  /** Exit codes that say that its work is done: it stays stopped. */
  readonly doneCodes?: readonly number[];
  /** Exit codes that a restart would only bring again: it is given up. */
  readonly hopelessCodes?: readonly number[];
}

export type RestartDecision =
  | { readonly id: "wait"; readonly delayMs: number; readonly attempt: number }
  | { readonly id: "give-up"; readonly restarts: number };

/**
 * Counts the restarts of one process and decides when the next one may be, if at all.
 *
 * The backoff is exponential with "equal jitter": half of it is fixed, half is random. So processes that crashed together do
 * not restart together, and none restarts at once (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
export class RestartBudget {
  readonly #policy: RestartPolicy;
  readonly #random: () => number;
  /** The times of the restarts that were granted within the window. */
  #grantedMs: number[] = [];
  /** Restarts since the process last ran for `quietMs`. */
  #attempts = 0;

  /** @param random - At least 0, below 1. */
  constructor(policy: RestartPolicy, random: () => number) {
    this.#policy = policy;
    this.#random = random;
  }

  /** @param ranMs - How long the process was ready before it crashed; 0 when it never was. */
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

  /** Forgets earlier restarts. For a process that is started by command. */
  reset(): void {
    this.#grantedMs = [];
    this.#attempts = 0;
  }
}
