import { setTimeout as delay } from "node:timers/promises";
import { type Address, request } from "../../base/node-http.ts";
import { type ReadinessProbe, untilExit } from "./probe.ts";

/** What is asked. */
export interface HttpQuestion {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses that mean ready. */
  readonly expect?: readonly number[];
  /** Milliseconds to wait for an answer before another request is sent in parallel. */
  readonly hedgeMs?: number;
}

export type HttpProbeOptions = Address & HttpQuestion;

/** The pause after a refused connection or a wrong status. Long enough not to spin, short enough not to be late. */
const SPACING_MS = 10;

/** Requests that may be open at once. A new one takes the place of the oldest. */
const MAX_OPEN = 8;

/** After so many attempts at the shortest interval, each further attempt gets more time: the target answers slowly. */
const EAGER_ATTEMPTS = 100;
const SLOWDOWN = 1.05;
const SLOWEST_HEDGE_MS = 250;

/**
 * Ready when a GET is answered with 200.
 *
 * Requests are hedged, because a request without an answer can mean two things. A server that has bound its port but not
 * yet installed its handler accepts a request and never answers it. A server on a busy machine answers late. We cannot
 * tell the two apart. So a new request goes out every 20 ms while the earlier ones stay open, and the first good answer
 * to any of them counts.
 */
export function http(options: HttpProbeOptions): ReadinessProbe {
  return {
    wait: (target, signal) =>
      untilExit(target, signal, async (stop) => {
        const attempts = new Attempts(options, stop);
        try {
          return await attempts.untilReady();
        } finally {
          attempts.abandonAll();
        }
      }),
  };
}

class Attempts {
  readonly #options: HttpProbeOptions;
  readonly #signal: AbortSignal;
  /** Oldest first. */
  readonly #open = new Set<Attempt>();
  #count = 0;
  #hedgeMs: number;
  /** The last time at which the target was known not to be ready. */
  #notReadyMs = performance.now();

  constructor(options: HttpProbeOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    this.#hedgeMs = options.hedgeMs ?? 20;
  }

  async untilReady() {
    const { expect = [200] } = this.#options;
    for (;;) {
      this.#signal.throwIfAborted();
      this.#send();
      const answer = await this.#firstAnswer();
      if (answer === null) {
        if (this.#count > EAGER_ATTEMPTS) {
          this.#hedgeMs = Math.min(this.#hedgeMs * SLOWDOWN, SLOWEST_HEDGE_MS);
        }
        continue;
      }
      this.#open.delete(answer.attempt);
      if (answer.status !== null && expect.includes(answer.status)) {
        const lagMs = performance.now() - this.#notReadyMs;
        return { by: "http", attempts: this.#count, lagMs };
      }
      this.#notReadyMs = Math.max(this.#notReadyMs, answer.attempt.sentMs);
      await delay(SPACING_MS, undefined, { signal: this.#signal });
    }
  }

  abandonAll(): void {
    for (const attempt of this.#open) attempt.abandon();
    this.#open.clear();
  }

  #send(): void {
    this.#count += 1;
    this.#open.add(get(this.#options));
    const [oldest] = this.#open;
    if (oldest === undefined || this.#open.size <= MAX_OPEN) return;
    this.#open.delete(oldest);
    oldest.abandon();
    this.#notReadyMs = Math.max(this.#notReadyMs, oldest.sentMs);
  }

  /** The first answer to any open request, or null when it is time for another request. */
  async #firstAnswer(): Promise<Answer | null> {
    const wake = new AbortController();
    const signal = AbortSignal.any([wake.signal, this.#signal]);
    const hedge = delay(this.#hedgeMs, null, { signal }).catch(() => null);
    try {
      return await Promise.race([hedge, ...[...this.#open].map(({ answer }) => answer)]);
    } finally {
      wake.abort();
    }
  }
}

interface Answer {
  readonly attempt: Attempt;
  /** Null when the connection failed. */
  readonly status: number | null;
}

interface Attempt {
  readonly sentMs: number;
  readonly answer: Promise<Answer>;
  abandon(): void;
}

function get({ path, headers, expect: _, hedgeMs: __, ...address }: HttpProbeOptions): Attempt {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  // A new connection for each request: the server may never answer on a connection of which it has lost a request.
  const outgoing = request({ ...address, path, headers, agent: false }, (incoming) => {
    incoming.on("error", () => {});
    settle(incoming.statusCode ?? null);
  });
  const attempt: Attempt = {
    sentMs: performance.now(),
    answer: promise,
    abandon: () => outgoing.destroy(),
  };
  const settle = (status: number | null) => {
    resolve({ attempt, status });
    outgoing.destroy();
  };
  outgoing.on("error", () => settle(null));
  outgoing.on("close", () => settle(null));
  outgoing.end();
  return attempt;
}
