/** A monotonic clock for durations and a wall clock for people. An argument everywhere, so that tests can control time. */
export interface Clock {
  /** Milliseconds since this process started; monotonic. */
  nowMs(): number;
  /** Wall clock, ISO 8601 with milliseconds. */
  isoNow(): string;
}

/** `performance.now()` counts from the start of the process, so every figure includes Node's own start. */
export const processClock: Clock = {
  nowMs: () => performance.now(),
  isoNow: () => new Date().toISOString(),
};
