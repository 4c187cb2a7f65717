import type { TimeWindow } from "./viewport.ts";

/** Round figures, about one for every 90 pixels. */
export function ticks({ fromMs, toMs }: TimeWindow, widthPx: number): number[] {
  const wanted = (toMs - fromMs) / Math.max(2, widthPx / 90);
  const magnitude = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 2, 5, 10].map((n) => n * magnitude).find((n) => n >= wanted) ?? magnitude * 10;
  const all: number[] = [];
  for (let n = Math.ceil(fromMs / step); n * step <= toMs; n++) all.push(n * step);
  return all;
}

export function formatTick(ms: number, { fromMs, toMs }: TimeWindow): string {
  if (ms === 0) return "0";
  if (toMs - fromMs < 1000) return `${Math.round(ms * 10) / 10} ms`;
  return `${(ms / 1000).toFixed(toMs - fromMs < 4000 ? 1 : ms % 1000 === 0 ? 0 : 1)} s`;
}
