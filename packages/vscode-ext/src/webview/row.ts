import {
  durationOf,
  elapsedOf,
  formatDifference,
  formatDuration,
} from "@sandboot/runtime/protocol";
import type {
  ComparedPhase,
  WaterfallComparison,
  WaterfallRow,
  WaterfallTexts,
} from "../model/waterfall-messages.ts";
import { fitText, type Measure } from "./fit-text.ts";
import { isInView, type Plot } from "./plot.ts";
import { element, text } from "./svg.ts";

const GHOST_HEIGHT = 4;

/** Space between a bar and its text, in pixels. */
const GAP = 6;

export interface RowInput {
  readonly plot: Plot;
  readonly texts: WaterfallTexts;
  readonly nowMs: number;
  readonly comparison: WaterfallComparison | null;
  readonly width: number;
  readonly measureLabel: Measure;
  readonly measureDuration: Measure;
  /** Position of the ready line; null when it is not in view. */
  readonly readyX: number | null;
}

/** Where a row was drawn. Its card and its links are placed by it. */
export interface DrawnRow {
  readonly row: WaterfallRow;
  readonly element: SVGGElement;
  readonly y: number;
  readonly x: number;
}

/** One phase: label, bar and duration, and the bar of the compared boot. */
export function drawRow(row: WaterfallRow, y: number, input: RowInput): SVGGElement {
  const { plot, comparison, nowMs, texts, width, measureLabel } = input;
  const group = element("g", {
    class: ["row", row.status, row.critical ? "critical" : "", row.workers ? "workers" : ""]
      .filter((name) => name !== "")
      .join(" "),
    role: "listitem",
    tabindex: -1,
    "data-phase": row.id,
    "aria-label": spoken(row, nowMs, texts),
  });
  group.append(
    element("rect", {
      class: "hit",
      x: 4,
      y: y + 1,
      width: width - 8,
      height: plot.rowHeight - 2,
      rx: 4,
    }),
    text(fitText(row.label, plot.labelWidth, measureLabel), {
      x: plot.labelX,
      y: y + plot.labelMiddle + 4,
      class: "label",
    }),
  );
  if (row.startMs === null) {
    const at = { x: plot.left, y: y + plot.barMiddle + 4, class: "note" };
    group.append(text(row.statusWord, at));
    return group;
  }
  const { startMs } = row;
  const endMs = row.endMs ?? nowMs;
  const before = comparison?.phases[row.id];
  const ghost = before?.span ?? undefined;
  const barY = y + plot.barMiddle - plot.barHeight / 2 - (ghost === undefined ? 0 : 3);
  if (ghost !== undefined && isInView(plot, ghost.startMs, ghost.endMs)) {
    const place = { y: barY + plot.barHeight + 2, height: GHOST_HEIGHT, rx: 2 };
    const extent = extentOf([ghost.startMs, ghost.endMs], 2, plot);
    group.append(element("rect", { class: "ghost", ...extent, ...place }));
  }
  if (!isInView(plot, startMs, endMs)) return group;
  const extent = extentOf([startMs, endMs], 3, plot);
  const words = `${formatDuration(endMs - startMs)}${change(row, before)}`;
  group.append(
    element("rect", { class: "bar", ...extent, y: barY, height: plot.barHeight, rx: 3 }),
    duration(words, extent, barY + plot.barHeight - 3, input),
  );
  return group;
}

/** To the right of the bar, or inside it where the ready line would cross the text. */
function duration(
  words: string,
  bar: Extent,
  y: number,
  { readyX, measureDuration }: RowInput,
): SVGElement {
  const to = bar.x + bar.width;
  const width = measureDuration(words);
  const crossed = readyX !== null && readyX > to && readyX < to + GAP + width;
  if (crossed && bar.width > width + 2 * GAP) {
    return text(words, { x: to - GAP, y, class: "duration inside", "text-anchor": "end" });
  }
  return text(words, { x: to + GAP, y, class: "duration" });
}

/** Position and width of a bar, in pixels. */
interface Extent {
  readonly x: number;
  readonly width: number;
}

/** The visible part of a span, at least `minWidth` wide. */
function extentOf([fromMs, toMs]: readonly [number, number], minWidth: number, plot: Plot): Extent {
  const x = plot.clampedX(fromMs);
  return { x, width: Math.max(minWidth, plot.clampedX(toMs) - x) };
}

/** The difference to the compared boot; empty while the phase runs. */
function change(row: WaterfallRow, before: ComparedPhase | undefined): string {
  const tookMs = durationOf(row);
  return tookMs === null || before === undefined ? "" : differenceText(tookMs, before.tookMs);
}

/** Empty when the difference is below 1 ms. */
export function differenceText(durationMs: number, beforeMs: number): string {
  return Math.abs(durationMs - beforeMs) < 1 ? "" : ` (${formatDifference(durationMs, beforeMs)})`;
}

function spoken(row: WaterfallRow, nowMs: number, texts: WaterfallTexts): string {
  const parts = [row.title, row.statusWord];
  const elapsedMs = elapsedOf(row, nowMs);
  if (row.startMs !== null) parts.push(`${texts.began} ${formatDuration(row.startMs)}`);
  if (elapsedMs !== null) parts.push(`${texts.took} ${formatDuration(elapsedMs)}`);
  if (row.critical) parts.push(texts.critical);
  return parts.join(", ");
}
