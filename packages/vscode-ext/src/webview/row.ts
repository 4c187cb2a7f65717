import {
  durationOf,
  elapsedOf,
  formatDifference,
  formatDuration,
} from "@sandboot/runtime/protocol";
import type {
  WaterfallComparison,
  WaterfallRow,
  WaterfallTexts,
} from "../model/waterfall-messages.ts";
import { fitText, type Measure } from "./fit-text.ts";
import { isInView, type Plot } from "./plot.ts";
import { element, text } from "./svg.ts";

const GHOST_HEIGHT = 4;

/** Between a bar and its words. */
const GAP = 6;

export interface RowInput {
  readonly plot: Plot;
  readonly texts: WaterfallTexts;
  readonly nowMs: number;
  readonly comparison: WaterfallComparison | null;
  readonly width: number;
  readonly measureLabel: Measure;
  readonly measureDuration: Measure;
  /** Where the line of readiness stands; null when it is not in view. */
  readonly readyX: number | null;
}

/** Where a row was drawn, so that its card and its links can be put beside its bar. */
export interface DrawnRow {
  readonly row: WaterfallRow;
  readonly element: SVGGElement;
  readonly y: number;
  readonly x: number;
}

/** One phase: its label, its bar with its duration, and the bar of the boot that it is compared with. */
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
  const ghost = comparison?.spans[row.id];
  const barY = y + plot.barMiddle - plot.barHeight / 2 - (ghost === undefined ? 0 : 3);
  if (ghost !== undefined && isInView(plot, ghost.startMs, ghost.endMs)) {
    const place = { y: barY + plot.barHeight + 2, height: GHOST_HEIGHT, rx: 2 };
    const extent = extentOf([ghost.startMs, ghost.endMs], 2, plot);
    group.append(element("rect", { class: "ghost", ...extent, ...place }));
  }
  if (!isInView(plot, startMs, endMs)) return group;
  const extent = extentOf([startMs, endMs], 3, plot);
  const words = `${formatDuration(endMs - startMs)}${change(row, ghost)}`;
  group.append(
    element("rect", { class: "bar", ...extent, y: barY, height: plot.barHeight, rx: 3 }),
    duration(words, extent, barY + plot.barHeight - 3, input),
  );
  return group;
}

/** Behind the bar, but in it where the line of readiness would go through the words. */
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

/** From where to where a bar goes, in pixels. */
interface Extent {
  readonly x: number;
  readonly width: number;
}

/** What is in view of a time; however short, it is wide enough to be seen. */
function extentOf([fromMs, toMs]: readonly [number, number], minWidth: number, plot: Plot): Extent {
  const x = plot.clampedX(fromMs);
  return { x, width: Math.max(minWidth, plot.clampedX(toMs) - x) };
}

/** Against the boot that it is compared with; nothing while the phase runs. */
function change(
  row: WaterfallRow,
  ghost: WaterfallComparison["spans"][string] | undefined,
): string {
  const tookMs = durationOf(row);
  const beforeMs = ghost === undefined ? null : durationOf(ghost);
  return tookMs === null || beforeMs === null ? "" : differenceText(tookMs, beforeMs);
}

/** Nothing when a reader could not tell the two apart. */
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
