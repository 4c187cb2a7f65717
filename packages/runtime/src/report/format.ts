/** Milliseconds as people say them: `840 ms`, `2.13 s`, `2 min 05 s`. */
export function formatMs(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_995) return `${(ms / 1000).toFixed(2)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

/** A change as people say it: `+120 ms (+12 %)`; without a share when there is nothing to compare with. */
export function formatChange(deltaMs: number, fromMs: number): string {
  if (Math.abs(deltaMs) < 0.5) return "0 ms";
  const sign = deltaMs < 0 ? "-" : "+";
  const text = `${sign}${formatMs(Math.abs(deltaMs))}`;
  if (fromMs < 1) return text;
  return `${text} (${sign}${Math.round((Math.abs(deltaMs) / fromMs) * 100)} %)`;
}
