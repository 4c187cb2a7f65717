import { formatDifference } from "../protocol/derive/format.ts";

/** A change as people say it: `+120 ms (+12 %)`; without a share when there is nothing to compare with. */
export function formatChange(durationMs: number, beforeMs: number): string {
  const difference = formatDifference(durationMs, beforeMs, "ascii");
  const changeMs = durationMs - beforeMs;
  if (Math.abs(changeMs) < 0.5 || beforeMs < 1) return difference;
  const sign = changeMs < 0 ? "-" : "+";
  return `${difference} (${sign}${Math.round((Math.abs(changeMs) / beforeMs) * 100)} %)`;
}
