/** The two clocks of DESIGN §7. Given in, so that tests can own time. */
export interface Clock {
  /** Milliseconds since this process started; monotonic. */
  nowMs(): number;
  /** Wall clock, ISO 8601 with milliseconds. */
  isoNow(): string;
}

/** Node measures `performance.now()` from the start of the process, so node's own start-up is in every figure. */
export const processClock: Clock = {
  nowMs: () => performance.now(),
  isoNow: () => new Date().toISOString(),
};
