/** One request with its answer, or one tunnel, that passes through the bridge now. */
export interface Exchange {
  /** Would not end by itself (server-sent events, WebSocket). The end of the sandbox does not wait for it. */
  endless: boolean;
  /** Whether its request would be admitted now. */
  isAdmitted(): boolean;
  /** Cuts the connection. */
  end(): void;
}

/**
 * The result of an attempt to reach the agent. `unreachable`: it may be tried again. `reset`: it may be tried again once.
 */
export type Attempt = "done" | "unreachable" | "reset";

/** A connection that is closed in order gives an error of Node, without a system call. */
export function wasReset({ syscall }: NodeJS.ErrnoException): boolean {
  return syscall !== undefined;
}

/** All exchanges of a bridge. */
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

  /** Cuts those whose requests would not be admitted now. */
  askAgain(): void {
    for (const exchange of this.#all) if (!exchange.isAdmitted()) exchange.end();
  }

  /** Cuts the endless exchanges, and waits for the others until the signal is aborted. @returns How many are left. */
  async settle(until: AbortSignal): Promise<number> {
    for (const exchange of this.#all) if (exchange.endless) exchange.end();
    if (this.#all.size > 0 && !until.aborted) {
      await new Promise<void>((resolve) => {
        this.#idle.add(resolve);
        until.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    return this.#all.size;
  }

  /** As {@link settle}; then cuts those that are left. */
  async drain(until: AbortSignal): Promise<void> {
    await this.settle(until);
    for (const exchange of this.#all) exchange.end();
  }
}
