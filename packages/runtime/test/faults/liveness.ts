import { request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

/** A main thread that answers at all does so within this, on the slowest machine. */
const ANSWER_MS = 10_000;

const BETWEEN_MS = 150;

/** Asks `/livez` again and again, as long as the runtime listens. */
export class LivenessPoll {
  readonly #socket: string;
  readonly #over = new AbortController();
  readonly #polls: Promise<void>;
  answered = 0;
  /** How many were accepted and got no answer in time. */
  unanswered = 0;
  longestMs = 0;

  constructor(socket: string) {
    this.#socket = socket;
    this.#polls = this.#pollOn();
  }

  /** To be called when the runtime has ended. */
  async stop(): Promise<void> {
    this.#over.abort();
    await this.#polls;
  }

  async #pollOn(): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      await this.#poll(signal);
      await delay(BETWEEN_MS, undefined, { signal }).catch(() => {});
    }
  }

  #poll(signal: AbortSignal): Promise<void> {
    const sentMs = performance.now();
    return new Promise((resolve) => {
      const options = { socketPath: this.#socket, path: "/livez", agent: false, signal };
      const outgoing = request(options, (incoming) => {
        incoming.resume();
        this.answered += 1;
        this.longestMs = Math.max(this.longestMs, performance.now() - sentMs);
        clearTimeout(timer);
        resolve();
      });
      const timer = setTimeout(() => {
        this.unanswered += 1;
        outgoing.destroy();
      }, ANSWER_MS);
      // It does not listen yet, or not any more.
      outgoing.on("error", () => {});
      outgoing.on("close", () => {
        clearTimeout(timer);
        resolve();
      });
      outgoing.end();
    });
  }
}
