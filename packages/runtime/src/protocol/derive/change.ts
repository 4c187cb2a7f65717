/** How a duration compares with what it was. A small difference is none: it is the machine's. */
export type Change = "same" | "slower" | "faster";

const LEAST_MS = 20;
const LEAST_SHARE = 0.1;

export function changeOf(durationMs: number, beforeMs: number): Change {
  const differenceMs = durationMs - beforeMs;
  if (Math.abs(differenceMs) < Math.max(LEAST_MS, beforeMs * LEAST_SHARE)) return "same";
  return differenceMs > 0 ? "slower" : "faster";
}
