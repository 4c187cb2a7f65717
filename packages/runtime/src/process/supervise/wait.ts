import type { ProcessLog } from "../process-log.ts";
import type { ProbeResult } from "../readiness/probe.ts";
import { downFailure } from "./failures.ts";
import type { State } from "./state.ts";

/** The part of a managed process that waiting for it needs. */
export interface Watched {
  readonly id: string;
  readonly current: State;
  readonly log: ProcessLog;
  subscribe(listener: () => void): () => void;
}

/** A broken connection may be the first sign that a process ends. If it does, its exit follows within this time. */
const EXIT_AFTER_BREAK_MS = 1_000;

/**
 * Waits until a process is ready. A restart by command prolongs the wait; a crash ends it.
 *
 * @throws Failed `process-exited` or `ready-timeout` with the tail of its output; the signal's reason when aborted.
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
 * As {@link untilReady}, but an exit that the restart policy answers prolongs the wait, too. Other crashes still end it: a
 * process that was not ready in time, or listens on another port, would do the same after a restart.
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
 * Watches a process for as long as it runs or will be restarted. Begins when the process is ready for the first time: until
 * then, the phase that starts it watches it.
 *
 * @returns when the signal is aborted.
 * @throws Failed `process-exited` or `ready-timeout` with the tail of its output when it is down for good.
 */
export async function whileUp(watched: Watched, signal: AbortSignal): Promise<void> {
  let wasReady = false;
  while (!signal.aborted) {
    const state = watched.current;
    wasReady ||= state.id === "running";
    if (wasReady && !comesUp(state)) throw downFailure(watched);
    await changed(watched, signal).catch(() => {});
  }
}

/** Whether the process runs, or will run without a command. */
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
 * Does work that needs a running process. The signal that `work` gets is aborted when the process is no longer running.
 *
 * @throws Failed `process-exited` with the tail of its output when the process went down; else what `work` throws.
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
