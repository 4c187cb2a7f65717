import type { Look } from "./look.ts";
import { widthOf } from "./width.ts";

const NAME_CELLS_MAX = 30;
const NAME_CELLS_MIN = 8;
/** The share of a narrow terminal's width that names may take. */
const NAME_SHARE = 0.4;
const BAR_CELLS_MAX = 72;
const TIME_CELLS = 9;
/** Two cells of margin, the symbol, the mark of the critical chain, and a space after each column. */
const BETWEEN = 8;

/** The widths of the columns of a waterfall, in cells. */
export interface BarLayout {
  readonly name: number;
  /** Small or below 0 in a terminal that is too narrow for bars. */
  readonly bar: number;
  readonly time: number;
}

/** The same for a boot that runs and for one that has ended, so that nothing moves when it ends. */
export function barLayout(names: readonly string[], { columns }: Pick<Look, "columns">): BarLayout {
  const name = Math.min(
    NAME_CELLS_MAX,
    Math.max(NAME_CELLS_MIN, Math.floor(columns * NAME_SHARE)),
    Math.max(...names.map(widthOf), NAME_CELLS_MIN),
  );
  const bar = Math.min(BAR_CELLS_MAX, columns - name - TIME_CELLS - BETWEEN);
  return { name, bar, time: TIME_CELLS };
}

/** A time axis from 0 to `totalMs`, drawn in so many cells. */
export interface Axis {
  readonly totalMs: number;
  readonly cells: number;
}

/** Eighths of a cell, from the left. */
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/**
 * A bar, padded with spaces to the width of the axis.
 *
 * @param endMs - Null for a phase that goes on beyond the axis.
 */
export function drawBar(
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number | null },
  { totalMs, cells }: Axis,
  { unicode }: Pick<Look, "unicode">,
): string {
  const scale = cells / totalMs;
  const first = Math.min(Math.floor(Math.min(startMs * scale, cells)), cells - 1);
  const before = " ".repeat(first);
  if (endMs === null) return before + (unicode ? "░" : "~").repeat(cells - first);
  const end = Math.min(endMs * scale, cells);
  if (!unicode) return (before + "#".repeat(Math.max(1, Math.round(end) - first))).padEnd(cells);
  // Only the right end has a resolution of an eighth: no character fills a cell from the right.
  const eighths = Math.max(1, Math.round((end - first) * 8));
  const whole = "█".repeat(Math.floor(eighths / 8));
  return `${before}${whole}${EIGHTHS[eighths % 8]}`.padEnd(cells);
}
