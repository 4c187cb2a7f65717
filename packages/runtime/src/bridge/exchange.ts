/** What passes through the bridge now: one request with its answer, or one tunnel. */
export interface Exchange {
  /** It has no end of its own (server-sent events, WebSocket): at the end of the sandbox nobody waits for it. */
  endless: boolean;
  /** Breaks it off. */
  end(): void;
}

/** How an attempt to reach the agent went. `unreachable`: nobody answered, and it may be tried again. */
export type Attempt = "done" | "unreachable";

/** Everything that passes through, and the moment when nothing does. */
export class Exchanges {
  readonly #all = new Set<Exchange>();
  readonly #idle = new Set<() => void>();

  get size(): number {
    return this.#all.size;
  }

  async during<T>(exchange: Exchange, work: () => Promise<T>): Promise<T> {
    this.#all.add(exchange);
    try {
      return await work();
    } finally {
      this.#all.delete(exchange);
      if (this.#all.size === 0) for (const wake of this.#idle) wake();
    }
  }

  /** Breaks off what has no end; the others may finish until the signal is aborted. */
  async drain(until: AbortSignal): Promise<void> {
    for (const exchange of this.#all) if (exchange.endless) exchange.end();
    if (this.#all.size > 0 && !until.aborted) {
      await new Promise<void>((resolve) => {
        this.#idle.add(resolve);
        until.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    for (const exchange of this.#all) exchange.end();
  }
}
