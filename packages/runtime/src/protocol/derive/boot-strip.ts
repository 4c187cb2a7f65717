/** One boot among others. All are percent of the strip's size; a bar stands at its bottom. */
export interface StripBar {
  readonly startedAt: string;
  readonly readyMs: number;
  readonly x: number;
  readonly width: number;
  readonly height: number;
}

/** Bars, and a line across them. */
export interface BootStrip {
  readonly bars: readonly StripBar[];
  /** Right end of the last bar. */
  readonly end: number;
  /** Height of the line at the p50; null without one. */
  readonly p50: number | null;
}

const MOST_BARS = 40;
/** Bars get no wider than with so many: their width has no meaning. */
const FEWEST_SLOTS = 24;
const BAR_SHARE = 0.8;
/** The highest bar. */
const HIGHEST = 94;

/**
 * Times to readiness of boots, the last ones of many, as bars from left to right.
 *
 * @param boots - Oldest first.
 */
export function bootStrip(
  boots: readonly { readonly startedAt: string; readonly readyMs: number }[],
  p50Ms: number | null,
): BootStrip {
  const shown = boots.slice(-MOST_BARS);
  const mostMs = Math.max(1, ...shown.map(({ readyMs }) => readyMs), p50Ms ?? 0);
  const heightOf = (ms: number) => round((ms / mostMs) * HIGHEST);
  const slot = 100 / Math.max(shown.length, FEWEST_SLOTS);
  return {
    bars: shown.map(({ startedAt, readyMs }, at) => ({
      startedAt,
      readyMs,
      x: round(at * slot),
      width: round(slot * BAR_SHARE),
      height: heightOf(readyMs),
    })),
    end: round(Math.max(0, shown.length - 1) * slot + slot * BAR_SHARE),
    p50: p50Ms === null ? null : heightOf(p50Ms),
  };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
