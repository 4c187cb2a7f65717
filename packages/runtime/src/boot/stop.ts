/**
 * How a sandbox is told to end. One signal stops it in good order, a second one hurries, a third kills what is left.
 */
export class StopRequest {
  readonly #stop = new AbortController();
  readonly #hurry = new AbortController();
  readonly #kill = new AbortController();

  /** Aborted by the first request; its reason is what was asked, e.g. `SIGINT`. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** Aborted by the second: no more grace for anyone. */
  get hurry(): AbortSignal {
    return this.#hurry.signal;
  }

  /** Aborted by the third: nothing is awaited any more. */
  get kill(): AbortSignal {
    return this.#kill.signal;
  }

  /** Asks once more, with a word for the report. */
  ask(reason: string): void {
    const next = [this.#stop, this.#hurry, this.#kill].find(({ signal }) => !signal.aborted);
    next?.abort(new Error(reason));
  }

  /** Resolves when the first request has come. */
  asked(): Promise<string> {
    const { signal } = this.#stop;
    return new Promise((resolve) => {
      const answer = () => resolve((signal.reason as Error).message);
      if (signal.aborted) answer();
      else signal.addEventListener("abort", answer, { once: true });
    });
  }
}

/** Turns the process's signals into requests to stop, until it is disposed of. */
export function stopOnSignals(request: StopRequest, source: NodeJS.Process): Disposable {
  const listener = (signal: NodeJS.Signals) => request.ask(signal);
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) source.on(signal, listener);
  return {
    [Symbol.dispose]: () => {
      for (const signal of signals) source.off(signal, listener);
    },
  };
}
