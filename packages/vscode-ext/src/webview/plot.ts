import type { TimeWindow } from "@sandboot/runtime/protocol";

/** Below this width, labels are above their bars instead of beside them. */
const NARROW_PX = 520;

/** The same as that of the page's heading and legend. */
const MARGIN_PX = 18;
const GAP_PX = 14;

/** Columns of text. */
const TOOK_PX = 66;
const PILL_PX = 76;
const SHARE_PX = 52;

/** The chart's geometry, in pixels. */
export interface Plot {
  readonly window: TimeWindow;
  readonly left: number;
  readonly width: number;
  readonly right: number;
  /** Where the rows begin, below the axis. */
  readonly top: number;
  readonly groupX: number;
  readonly labelX: number;
  /** Right edges of the columns: shares of the critical chain, durations, differences. */
  readonly shareX: number;
  readonly tookX: number;
  readonly pillX: number;
  readonly rowHeight: number;
  readonly groupHeight: number;
  /** Middle of a row's texts and of its bar, from the top of the row. */
  readonly textMiddle: number;
  readonly barMiddle: number;
  /** Middle of the difference: beside the bar where the texts have no room for it. */
  readonly pillMiddle: number;
  readonly barHeight: number;
  x(ms: number): number;
  /** Like `x`, but at the edge when the moment is out of view. */
  clampedX(ms: number): number;
  msAt(x: number): number;
}

/** @param compared - Whether there is a column of differences. */
export function plotFor(widthPx: number, window: TimeWindow, compared: boolean): Plot {
  const narrow = widthPx < NARROW_PX;
  const rowHeight = narrow ? 42 : 28;
  const labelX = narrow ? MARGIN_PX : MARGIN_PX + 12;
  const labels = Math.min(330, Math.max(190, Math.round(widthPx * 0.3)));
  const pillX = widthPx - MARGIN_PX;
  const pills = compared ? PILL_PX : 0;
  const tookX = narrow ? pillX : pillX - pills;
  const left = narrow ? MARGIN_PX : labelX + labels + GAP_PX;
  const right = Math.max(left + 60, narrow ? pillX - pills : tookX - TOOK_PX - GAP_PX);
  const width = right - left;
  const spanMs = window.toMs - window.fromMs;
  const x = (ms: number) => left + ((ms - window.fromMs) / spanMs) * width;
  return {
    window,
    left,
    width,
    right,
    top: 46,
    groupX: MARGIN_PX,
    labelX,
    shareX: narrow ? tookX - TOOK_PX : labelX + labels,
    tookX,
    pillX,
    rowHeight,
    groupHeight: 28,
    textMiddle: narrow ? 12 : rowHeight / 2,
    barMiddle: narrow ? 29 : rowHeight / 2,
    pillMiddle: narrow ? 30 : rowHeight / 2,
    barHeight: narrow ? 12 : 14,
    x,
    clampedX: (ms) => Math.min(right, Math.max(left, x(ms))),
    msAt: (at) => window.fromMs + ((at - left) / width) * spanMs,
  };
}

/** The width that a row's label may have, beside its share. */
export function labelWidth({ labelX, shareX }: Plot, hasShare: boolean): number {
  return shareX - labelX - (hasShare ? SHARE_PX : 0);
}

/** Whether a part of a span is in view. */
export function isInView({ window }: Plot, fromMs: number, toMs: number): boolean {
  return toMs >= window.fromMs && fromMs <= window.toMs;
}
