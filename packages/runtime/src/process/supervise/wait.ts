import type { ProcessLog } from "../process-log.ts";
import type { ProbeResult } from "../readiness/probe.ts";
import { downFailure } from "./failures.ts";
import type { State } from "./state.ts";

/** What one has to see of a managed process to wait for it. */
export interface Watched {
  readonly id: string;
  readonly current: State;
  readonly log: ProcessLog;
  subscribe(listener: () => void): () => void;
}

/** A connection that breaks may be the first sign of an end; the exit follows within this, or there was none. */
const EXIT_AFTER_BREAK_MS = 1_000;

/**
 * Waits until a process is ready, over restarts by hand and not over crashes.
 *
 * @throws PhaseFailure `process-exited` or `ready-timeout` with the tail of its output; the signal's reason when aborted.
 */
export async function untilReady(watched: Watched, signal: AbortSignal): Promise<ProbeResult> {
  for (;;) {
    signal.throwIfAborted();
    const state = watched.current;
    switch (state.id) {
      case "running":
        return state.readiness;
      case "starting":
      case "stopping":
        await changed(watched, signal);
        break;
      case "crashed":
      case "backoff":
      case "idle":
      case "stopped":
      case "failed":
      case "not-installed":
        throw downFailure(watched);
      default:
        state satisfies never;
    }
  }
}

/**
 * The same over ends that the restart policy answers, too. What did not become ready in its time, or listens elsewhere, will
 * do no better the next time: that is not waited for.
 *
 * @throws as {@link untilReady}.
 */
export async function untilUp(watched: Watched, signal: AbortSignal): Promise<ProbeResult> {
  for (;;) {
    signal.throwIfAborted();
    const state = watched.current;
    if (state.id === "running") return state.readiness;
    if (!comesUp(state)) throw downFailure(watched);
    await changed(watched, signal);
  }
}

/**
 * Watches a process that has been ready, or will be, for as long as it runs or comes back.
 *
 * @returns when the signal is aborted.
 * @throws PhaseFailure `process-exited` or `ready-timeout` with the tail of its output when it is down for good.
 */
export async function whileItLasts(watched: Watched, signal: AbortSignal): Promise<void> {
  let wasReady = false;
  while (!signal.aborted) {
    const state = watched.current;
    wasReady ||= state.id === "running";
    // Before, it is the business of whoever waits for its start.
    if (wasReady && !comesUp(state)) throw downFailure(watched);
    await changed(watched, signal).catch(() => {});
  }
}

/** Whether it runs, or will be started without anybody's doing. */
function comesUp(state: State): boolean {
  switch (state.id) {
    case "running":
    case "starting":
    case "stopping":
      return true;
    case "crashed":
      return state.answered && state.crash.id === "exited";
    case "backoff":
      return state.crash.id === "exited";
    case "idle":
    case "stopped":
    case "failed":
    case "not-installed":
      return false;
    default:
      return state satisfies never;
  }
}

/**
 * Does something for which a process has to run: the signal that `work` gets is aborted when it ends.
 *
 * @throws PhaseFailure `process-exited` with the tail of its output when it ended meanwhile; else what `work` throws.
 */
export async function whileRunning<T>(
  watched: Watched,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const down = new AbortController();
  const look = () => {
    if (watched.current.id !== "running") down.abort();
  };
  const unsubscribe = watched.subscribe(look);
  look();
  try {
    return await work(AbortSignal.any([signal, down.signal]));
  } catch (error) {
    signal.throwIfAborted();
    const patience = AbortSignal.any([signal, AbortSignal.timeout(EXIT_AFTER_BREAK_MS)]);
    while (!down.signal.aborted && !patience.aborted) {
      await changed(watched, patience).catch(() => {});
    }
    signal.throwIfAborted();
    throw down.signal.aborted ? downFailure(watched) : error;
  } finally {
    unsubscribe();
  }
}

/** @throws the signal's reason when it is aborted. */
function changed(watched: Watched, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (done: () => void) => {
      unsubscribe();
      signal.removeEventListener("abort", onAbort);
      done();
    };
    const onAbort = () => settle(() => reject(signal.reason));
    const unsubscribe = watched.subscribe(() => settle(resolve));
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
