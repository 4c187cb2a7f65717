/** The longest that a timer of Node waits. With more it fires after 1 ms. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * A time of the configuration for timers: whole milliseconds, at least one, and no more than a timer can wait (24.8 days).
 * 2.01 s would be 2009.9999999999998 ms, which `AbortSignal.timeout` refuses.
 *
 * @see https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
 */
export function milliseconds(seconds: number): number {
  return Math.min(LONGEST_MS, Math.max(1, Math.round(seconds * 1000)));
}
