import { formatDifference } from "../protocol/derive/format.ts";

/** A change for people: `+120 ms (+12 %)`. Without a percentage when the duration before was below 1 ms, or it would be 0. */
export function formatChange(durationMs: number, beforeMs: number): string {
  const difference = formatDifference(durationMs, beforeMs, "ascii");
  const changeMs = durationMs - beforeMs;
  if (Math.abs(changeMs) < 0.5 || beforeMs < 1) return difference;
  const percent = Math.round((Math.abs(changeMs) / beforeMs) * 100);
  if (percent === 0) return difference;
  return `${difference} (${changeMs < 0 ? "-" : "+"}${percent} %)`;
}
