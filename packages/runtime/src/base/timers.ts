/** What waits for a moment. Given in, so that tests can own time. */
export interface Timers {
  /** Calls `task` once after so many milliseconds; returns the call that forgets it. */
  after(ms: number, task: () => void): () => void;
}

export const processTimers: Timers = {
  after: (ms, task) => {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};
