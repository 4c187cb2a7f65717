import { setTimeout as delay } from "node:timers/promises";
import { toWire } from "../base/failed.ts";
import type { FailureValue } from "../base/failure.ts";
import { NO_GRACE } from "../process/grace.ts";
import type { ProcessMark } from "../process/process-mark.ts";
import { terminateMarked } from "../process/terminate.ts";

/** A process that SIGKILL has not ended within this time is stuck in the kernel. It ends with the container. */
const KILL_MS = 2_000;

/** A process without which the sandbox is of no use. */
export interface Loss {
  readonly process: string;
  readonly failure: FailureValue;
}

/**
 * How a sandbox is told to end. The first request ends it in good order, the second without grace, the third kills
 * everything at once.
 */
export class StopRequest {
  readonly #stop = new AbortController();
  readonly #hurry = new AbortController();
  readonly #kill = new AbortController();
  #fault: { readonly error: unknown } | null = null;
  #loss: Loss | null = null;
  #isDone = false;

  /** An error that no code of ours has caught; null as long as there is none. */
  get fault(): { readonly error: unknown } | null {
    return this.#fault;
  }

  /** Why a part is lost without which the sandbox is of no use; null as long as there is none. */
  get loss(): Loss | null {
    return this.#loss;
  }

  /** Whether a part has said that the sandbox's work is done. A boot that ends by that has ended well. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Aborted by the first request. Its reason is an Error with the request's word as message, e.g. `SIGINT`. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** Aborted by the second request: no process gets more grace. */
  get hurry(): AbortSignal {
    return this.#hurry.signal;
  }

  /** Aborted by the third request: nothing is awaited any more. */
  get kill(): AbortSignal {
    return this.#kill.signal;
  }

  /** @param reason - A word for the report. */
  ask(reason: string): void {
    const next = [this.#stop, this.#hurry, this.#kill].find(({ signal }) => !signal.aborted);
    next?.abort(new Error(reason));
  }

  /** Ends the sandbox because of an error that nothing has caught. Further ones count as further requests. */
  askForFault(error: unknown): void {
    this.#fault ??= { error };
    this.ask("internal error");
  }

  /** Ends the sandbox because its work is done. Does nothing when it ends already. */
  askAsDone(reason: string): void {
    if (this.stop.aborted) return;
    this.#isDone = true;
    this.ask(reason);
  }

  /** Ends the sandbox because a process of it is lost. Does nothing when it ends already. */
  askForLoss(process: string, failure: FailureValue): void {
    if (this.stop.aborted) return;
    this.#loss = { process, failure };
    this.ask(toWire(failure).message);
  }

  /** Resolves at the first request, with its reason. */
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

/**
 * Turns errors that nothing has caught into a request to stop, until it is disposed of. Without that, Node would end this
 * process at once and leave everything that it has started.
 *
 * @see https://nodejs.org/api/process.html#event-uncaughtexception (also for promises that reject unhandled)
 */
export function stopOnFaults(request: StopRequest, source: NodeJS.Process): Disposable {
  const listener = (error: unknown) => request.askForFault(error);
  source.on("uncaughtException", listener);
  return { [Symbol.dispose]: () => source.off("uncaughtException", listener) };
}

/**
 * At the third request, kills all that was ever started with this mark, and exits, whatever is under way.
 *
 * @returns The call that ends this.
 */
export function killOnThirdRequest(
  { kill }: StopRequest,
  mark: ProcessMark,
  exitNow: () => void,
): () => void {
  const onKill = () => {
    const killed = terminateMarked(mark, NO_GRACE).catch(() => {});
    void Promise.race([killed, delay(KILL_MS)]).then(exitNow);
  };
  kill.addEventListener("abort", onKill, { once: true });
  return () => kill.removeEventListener("abort", onKill);
}
