import type { Timers } from "../../base/timers.ts";
import type { RuntimeWarning } from "../../base/warning.ts";
import { RequestFailed, send } from "../../protocol/client/wire.ts";
import type { Message } from "./message.ts";
import type { Outbox } from "./outbox.ts";

export interface SenderOptions {
  readonly url: string;
  readonly token: string | null;
  readonly outbox: Outbox;
  readonly timers: Timers;
  /** At least 0, below 1. For the jitter of backoff. */
  readonly random: () => number;
  readonly warn: (warning: RuntimeWarning) => void;
  /** Milliseconds for one attempt. */
  readonly timeoutMs?: number;
  readonly firstRetryMs?: number;
  readonly lastRetryMs?: number;
}

/** `again`: without a pause. */
type Outcome = "accepted" | "refused" | "retry" | "again";

/** Client errors that may be gone at the next attempt: https://www.rfc-editor.org/rfc/rfc9110#name-client-error-4xx */
const RETRIABLE = new Set([401, 403, 408, 425, 429]);

/**
 * Sends the messages in an outbox to the control plane, one after the other, so that their order is kept. While the control
 * plane cannot be reached, the time between attempts grows up to a maximum. It has jitter, so that sandboxes do not retry
 * at the same time.
 */
export class Sender {
  readonly #options: Required<SenderOptions>;
  readonly #ending = new AbortController();
  #attempt = new AbortController();
  #running: Promise<void> | null = null;
  #failures = 0;
  #endWait: (() => void) | null = null;

  constructor(options: SenderOptions) {
    this.#options = {
      timeoutMs: 10_000,
      firstRetryMs: 500,
      lastRetryMs: 30_000,
      ...options,
    };
  }

  /** Begins to send, if it does not send already. Call this when there is a new message. */
  wake(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      // A message may have come after the last look.
      if (this.#options.outbox.head !== undefined && !this.#ending.signal.aborted) this.wake();
    });
  }

  /** Ends the attempt that is under way, or the wait for the next one, and tries again at once. */
  tryNow(): void {
    this.#failures = 0;
    this.#attempt.abort();
    this.#attempt = new AbortController();
    this.#endWait?.();
    this.wake();
  }

  /** Sends what there is, until `until` is aborted. @returns How many messages are left. */
  async settle(until: AbortSignal): Promise<number> {
    const { outbox } = this.#options;
    this.#endWait?.();
    this.wake();
    const over = new Promise<void>((resolve) => {
      if (until.aborted) resolve();
      until.addEventListener("abort", () => resolve(), { once: true });
    });
    await Promise.race([this.#running, over]);
    return outbox.size;
  }

  /**
   * Sends what is left without further backoff. Resolves when everything is sent, or when `deadline` is aborted. The rest
   * stays in the outbox.
   */
  async flush(deadline: AbortSignal): Promise<void> {
    this.#endWait?.();
    this.wake();
    const end = () => {
      this.#ending.abort();
      this.#endWait?.();
    };
    if (deadline.aborted) end();
    deadline.addEventListener("abort", end, { once: true });
    await this.#running;
    deadline.removeEventListener("abort", end);
  }

  async #run(): Promise<void> {
    const { outbox, warn } = this.#options;
    while (!this.#ending.signal.aborted) {
      const { head } = outbox;
      if (head === undefined) return;
      switch (await this.#send(head.message)) {
        case "accepted":
          this.#failures = 0;
          await outbox.remove(head);
          break;
        case "refused":
          await outbox.remove(head);
          break;
        case "again":
          break;
        case "retry":
          this.#failures += 1;
          if (this.#failures === FAILURES_BEFORE_WARNING) {
            warn({ code: "control-plane-unreachable" });
          }
          await this.#wait();
      }
    }
  }

  async #send({ id, kind, sandboxId, body, route }: Message): Promise<Outcome> {
    const { url, token, timeoutMs, warn } = this.#options;
    const attempt = this.#attempt.signal;
    const limit = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([this.#ending.signal, attempt, limit]);
    const path = route?.path ?? `/sandbox/${encodeURIComponent(sandboxId)}/${kind}`;
    const headers = { ...route?.headers, "idempotency-key": id };
    try {
      const endpoint = { id: "url", url, token } as const;
      const response = await send(endpoint, { method: "POST", path, headers, body, signal });
      // The body of the answer does not matter.
      response.on("error", () => {}).destroy();
      return "accepted";
    } catch (error) {
      if (attempt.aborted) return "again";
      if (!(error instanceof RequestFailed) || error.status >= 500) return "retry";
      if (RETRIABLE.has(error.status)) return "retry";
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
        this.#endWait = null;
        resolve();
      };
      // Jitter of one half: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
      const cancel = timers.after(longest * (0.5 + random() / 2), go);
      this.#endWait = go;
    });
  }
}

/** Fewer failures in a row are no reason for a warning. */
const FAILURES_BEFORE_WARNING = 3;
