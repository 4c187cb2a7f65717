import { setTimeout as delay } from "node:timers/promises";
import type { RuntimeEvent, RuntimeState } from "@sandboot/runtime/protocol";
import {
  describeEndpoint,
  type Endpoint,
  type RuntimeClient,
} from "@sandboot/runtime/protocol/client";
import type { Attempt } from "../store/snapshot.ts";
import type { Store } from "../store/store.ts";

export interface ConnectorOptions {
  readonly store: Store;
  readonly places: () => readonly Endpoint[];
  readonly open: (place: Endpoint) => RuntimeClient;
  /** Calls `onNews` when something may have appeared at one of the places; see {@link watchForAppearance}. */
  readonly watch: (places: readonly Endpoint[], onNews: () => void) => () => void;
  /** Called with what went wrong beside the connection. */
  readonly onProblem: (problem: string) => void;
  readonly firstRetryMs?: number;
  readonly lastRetryMs?: number;
}

/**
 * Keeps the store up to date: looks for a runtime, follows its events, and looks again when it is gone. It looks when a
 * socket appears, and after waits that grow. While a runtime answers there is no polling.
 */
export class Connector {
  readonly #options: ConnectorOptions;
  #client: RuntimeClient | null = null;
  #lookNow = new AbortController();

  constructor(options: ConnectorOptions) {
    this.#options = options;
  }

  /** The connected runtime; null while there is none. */
  get client(): RuntimeClient | null {
    return this.#client;
  }

  /** Ends the wait, or the connection, and looks for a runtime now. */
  lookAgain(): void {
    this.#lookNow.abort();
    this.#lookNow = new AbortController();
  }

  /** Runs until `signal` aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { store, watch, firstRetryMs = 500, lastRetryMs = 15_000 } = this.#options;
    let retryMs = firstRetryMs;
    while (!signal.aborted) {
      const round = AbortSignal.any([signal, this.#lookNow.signal]);
      const places = this.#options.places();
      const news = new AbortController();
      // Before the first attempt: nothing may appear unseen between an attempt and the wait after it.
      const unwatch = watch(places, () => news.abort());
      const attempts: Attempt[] = [];
      for (const place of places) {
        const outcome = await this.#follow(place, round);
        if (outcome.answered) retryMs = firstRetryMs;
        attempts.push({ place: describeEndpoint(place), problem: outcome.problem });
        if (outcome.answered || round.aborted) break;
      }
      if (signal.aborted) return unwatch();
      store.dispatch({ type: "unreachable", attempts, atMs: Date.now() });
      try {
        await delay(retryMs, undefined, { signal: AbortSignal.any([round, news.signal]) });
      } catch {
        // Somebody asked to look now, or something has appeared.
      }
      unwatch();
      retryMs = news.signal.aborted ? firstRetryMs : Math.min(lastRetryMs, retryMs * 2);
    }
  }

  /** Follows the runtime at one place until the connection ends. */
  async #follow(
    place: Endpoint,
    signal: AbortSignal,
  ): Promise<{ readonly answered: boolean; readonly problem: string }> {
    const { store } = this.#options;
    const name = describeEndpoint(place);
    const client = this.#options.open(place);
    let answered = false;
    /** The start of the boot whose earlier boots were asked for. */
    let told = "";
    try {
      await client.follow({
        signal,
        onState: (state: RuntimeState) => {
          answered = true;
          this.#client = client;
          store.dispatch({ type: "state", place: name, state });
          if (told !== state.startedAt) void this.#askHistory(client, signal);
          told = state.startedAt;
        },
        onEvent: (event: RuntimeEvent) => store.dispatch({ type: "event", event }),
        onResumed: () => store.dispatch({ type: "resumed", place: name }),
        onLost: (reason) => store.dispatch({ type: "lost", place: name, reason, atMs: Date.now() }),
      });
      return { answered, problem: "the runtime closed the connection" };
    } catch (error) {
      return { answered, problem: messageOf(error) };
    } finally {
      this.#client = null;
    }
  }

  /** Only comparisons need it: without an answer, as from a runtime that keeps none, there are none. */
  async #askHistory(client: RuntimeClient, signal: AbortSignal): Promise<void> {
    try {
      const { boots } = await client.history(signal);
      if (this.#client === client) this.#options.store.dispatch({ type: "history", boots });
    } catch (error) {
      if (!signal.aborted) this.#options.onProblem(`no earlier boots: ${messageOf(error)}`);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
