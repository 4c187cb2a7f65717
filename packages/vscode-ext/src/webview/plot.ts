import type { TimeWindow } from "@sandboot/runtime/protocol";

/** Below this width, labels are above their bars instead of beside them. */
const NARROW_PX = 520;

/** The same as that of the page's heading and legend. */
const MARGIN_PX = 18;

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
  readonly labelWidth: number;
  readonly rowHeight: number;
  readonly groupHeight: number;
  /** Middle of a label and of a bar, from the top of the row. */
  readonly labelMiddle: number;
  readonly barMiddle: number;
  readonly barHeight: number;
  x(ms: number): number;
  /** Like `x`, but at the edge when the moment is out of view. */
  clampedX(ms: number): number;
  msAt(x: number): number;
}

export function plotFor(widthPx: number, window: TimeWindow): Plot {
  const narrow = widthPx < NARROW_PX;
  const rowHeight = narrow ? 42 : 30;
  const labelX = narrow ? MARGIN_PX : MARGIN_PX + 12;
  const besides = Math.min(250, Math.max(150, Math.round(widthPx * 0.25)));
  const left = narrow ? MARGIN_PX : labelX + besides + 14;
  // A bar may end at the edge. Its duration with a difference still needs space.
  const width = Math.max(60, widthPx - left - (narrow ? 74 : 116));
  const right = left + width;
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
    labelWidth: narrow ? widthPx - 2 * MARGIN_PX : besides,
    rowHeight,
    groupHeight: 28,
    labelMiddle: narrow ? 12 : rowHeight / 2,
    barMiddle: narrow ? 29 : rowHeight / 2,
    barHeight: narrow ? 12 : 14,
    x,
    clampedX: (ms) => Math.min(right, Math.max(left, x(ms))),
    msAt: (at) => window.fromMs + ((at - left) / width) * spanMs,
  };
}

/** Whether a part of a span is in view. */
export function isInView({ window }: Plot, fromMs: number, toMs: number): boolean {
  return toMs >= window.fromMs && fromMs <= window.toMs;
}
