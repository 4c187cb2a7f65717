import type { Timers } from "../../base/timers.ts";
import type { RuntimeWarning } from "../../base/warning.ts";
import { RequestFailed, send } from "../../protocol/client/wire.ts";
import type { Message } from "./message.ts";
import type { Spool } from "./spool.ts";

export interface PosterOptions {
  readonly url: string;
  readonly token: string | null;
  readonly spool: Spool;
  readonly timers: Timers;
  /** At least 0, below 1: the jitter of waits. */
  readonly random: () => number;
  readonly warn: (warning: RuntimeWarning) => void;
  /** Milliseconds for one try. */
  readonly timeoutMs?: number;
  readonly firstRetryMs?: number;
  readonly lastRetryMs?: number;
}

type Outcome = "told" | "refused" | "not-now";

/** Answers that another try may change: https://www.rfc-editor.org/rfc/rfc9110#name-client-error-4xx */
const TRY_AGAIN = new Set([401, 403, 408, 425, 429]);

/**
 * Tells the control plane what lies in a spool, one message after the other, the next only when the last has been taken:
 * so order is kept. While it cannot be told, it waits longer each time, up to a bound, never in step with other sandboxes.
 */
export class Poster {
  readonly #options: Required<PosterOptions>;
  readonly #ending = new AbortController();
  #running: Promise<void> | null = null;
  #failures = 0;
  #cutWaitShort: (() => void) | null = null;

  constructor(options: PosterOptions) {
    this.#options = {
      timeoutMs: 10_000,
      firstRetryMs: 500,
      lastRetryMs: 30_000,
      ...options,
    };
  }

  /** There is something to tell. */
  wake(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      // Something may have come after the last look.
      if (this.#options.spool.head !== undefined && !this.#ending.signal.aborted) this.wake();
    });
  }

  /**
   * Tries at once to tell what is left, and resolves when all is told, or when `deadline` aborts. What is not told by then
   * stays in the spool.
   */
  async flush(deadline: AbortSignal): Promise<void> {
    this.#cutWaitShort?.();
    this.wake();
    const end = () => {
      this.#ending.abort();
      this.#cutWaitShort?.();
    };
    if (deadline.aborted) end();
    deadline.addEventListener("abort", end, { once: true });
    await this.#running;
    deadline.removeEventListener("abort", end);
  }

  async #run(): Promise<void> {
    const { spool, warn } = this.#options;
    while (!this.#ending.signal.aborted) {
      const { head } = spool;
      if (head === undefined) return;
      switch (await this.#post(head.message)) {
        case "told":
          this.#failures = 0;
          await spool.remove(head);
          break;
        case "refused":
          await spool.remove(head);
          break;
        case "not-now":
          this.#failures += 1;
          if (this.#failures === FAILURES_TO_TELL) {
            warn({ code: "control-plane-unreachable" });
          }
          await this.#wait();
      }
    }
  }

  async #post({ id, kind, sandboxId, body }: Message): Promise<Outcome> {
    const { url, token, timeoutMs, warn } = this.#options;
    const signal = AbortSignal.any([this.#ending.signal, AbortSignal.timeout(timeoutMs)]);
    const path = `/sandbox/${encodeURIComponent(sandboxId)}/${kind}`;
    const headers = { "idempotency-key": id };
    try {
      const endpoint = { id: "url", url, token } as const;
      const response = await send(endpoint, { method: "POST", path, headers, body, signal });
      // Taken. What it says beside is not for us.
      response.on("error", () => {}).destroy();
      return "told";
    } catch (error) {
      if (!(error instanceof RequestFailed) || error.status >= 500) return "not-now";
      if (TRY_AGAIN.has(error.status)) return "not-now";
      const { status, message: reason } = error;
      warn({ code: "control-plane-refused", kind, status, reason });
      return "refused";
    }
  }

  #wait(): Promise<void> {
    const { timers, random, firstRetryMs, lastRetryMs } = this.#options;
    if (this.#ending.signal.aborted) return Promise.resolve();
    const longest = Math.min(lastRetryMs, firstRetryMs * 2 ** (this.#failures - 1));
    return new Promise((resolve) => {
      const go = () => {
        cancel();
        this.#cutWaitShort = null;
        resolve();
      };
      // Between half and all of it: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
      const cancel = timers.after(longest * (0.5 + random() / 2), go);
      this.#cutWaitShort = go;
    });
  }
}

/** One failure is nothing to warn of. */
const FAILURES_TO_TELL = 3;
