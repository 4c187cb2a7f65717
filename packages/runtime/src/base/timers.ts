/** Calls a task later. An argument everywhere, so that tests can control time. */
export interface Timers {
  /** Calls `task` once, after so many milliseconds. @returns the call that cancels it. */
  after(ms: number, task: () => void): () => void;
}

export const processTimers: Timers = {
  after: (ms, task) => {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};
