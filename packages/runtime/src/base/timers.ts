/** Calls a task later. An argument everywhere, so that tests can control time. */
export interface Timers {
  /** Calls `task` once, after so many milliseconds. @returns the call that cancels it. */
  after(ms: number, task: () => void): () => void;
}

/** Waits are made of pieces of at most this length. */
const PIECE_MS = 1_000;

/** A piece that ends so much too late says that this process did not run meanwhile. */
const PAUSE_MS = 1_000;

/**
 * Timers that count the time in which this process runs. After a pause (SIGSTOP, a frozen cgroup, a restored snapshot) all
 * plain timers are due at once, though nobody had the time that they were to give. These go on with what was left.
 *
 * @param plain - Timers that count all time.
 * @param nowMs - Monotonic.
 */
export function timersOfRunning(plain: Timers, nowMs: () => number): Timers {
  return {
    after: (ms, task) => {
      let leftMs = ms;
      let cancel = () => {};
      const wait = () => {
        const pieceMs = Math.min(leftMs, PIECE_MS);
        const startMs = nowMs();
        cancel = plain.after(pieceMs, () => {
          const tookMs = nowMs() - startMs;
          // How much of the piece was before the pause is not known. Half of it: so a wait among many pauses ends, too.
          leftMs -= tookMs < pieceMs + PAUSE_MS ? tookMs : pieceMs / 2;
          if (leftMs < 1) task();
          else wait();
        });
      };
      wait();
      return () => cancel();
    },
  };
}

export const processTimers: Timers = timersOfRunning(
  {
    after: (ms, task) => {
      const timer = setTimeout(task, ms);
      return () => clearTimeout(timer);
    },
  },
  () => performance.now(),
);

/** Aborts a signal after so many milliseconds in which this process runs. To be disposed of when nobody needs it any more. */
export function timeLimit(ms: number): Disposable & { readonly signal: AbortSignal } {
  const limit = new AbortController();
  const cancel = processTimers.after(ms, () => limit.abort(new Error(`not within ${ms} ms`)));
  return { signal: limit.signal, [Symbol.dispose]: cancel };
}
