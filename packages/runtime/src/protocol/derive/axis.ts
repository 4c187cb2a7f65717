/** A part of a boot, in milliseconds. */
export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Round moments for the ticks of a time axis, at most `most` of them and one at 0. */
export function ticksIn({ fromMs, toMs }: TimeWindow, most: number): number[] {
  const rough = (toMs - fromMs) / Math.max(2, most);
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((factor) => factor * magnitude >= rough) ?? 10) * magnitude;
  const first = Math.ceil(fromMs / step);
  const last = Math.floor(toMs / step);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => (first + at) * step);
}

/** A tick's label. All labels of one window have as many digits as it takes to tell its ticks apart. */
export function formatTick(ms: number, { fromMs, toMs }: TimeWindow): string {
  if (ms === 0) return "0";
  const spanMs = toMs - fromMs;
  if (spanMs < 1000) return `${Math.round(ms * 10) / 10} ms`;
  return `${(ms / 1000).toFixed(spanMs < 4000 || ms % 1000 !== 0 ? 1 : 0)} s`;
}
