import { durationOf, elapsedOf, formatDuration } from "@sandboot/runtime/protocol";
import type {
  WaterfallComparison,
  WaterfallRow,
  WaterfallTexts,
} from "../model/waterfall-messages.ts";
import { fitText, type Measure } from "./fit-text.ts";
import { drawPill } from "./pill.ts";
import { isInView, labelWidth, type Plot } from "./plot.ts";
import { element, text } from "./svg.ts";

const GHOST_HEIGHT = 4;
const BASELINE = 4;

export interface RowInput {
  readonly plot: Plot;
  readonly texts: WaterfallTexts;
  readonly nowMs: number;
  readonly comparison: WaterfallComparison | null;
  /** The p50 of each phase, whatever the boot is compared with. */
  readonly usual: WaterfallComparison | null;
  readonly width: number;
  /** Whether the critical chain is known. */
  readonly hasChain: boolean;
  readonly measureLabel: Measure;
  readonly measureFigure: Measure;
}

/** Where a row was drawn. Its links are placed by it. */
export interface DrawnRow {
  readonly row: WaterfallRow;
  readonly element: SVGGElement;
  readonly y: number;
}

/** One phase: label, share, bar and duration; the bar of the compared boot, the usual end, and the difference. */
export function drawRow(row: WaterfallRow, y: number, input: RowInput): SVGGElement {
  const { plot, width, hasChain } = input;
  const group = element("g", {
    class: `row ${row.kind} ${row.status}${hasChain && row.share === null ? " beside" : ""}`,
    role: "listitem",
    tabindex: -1,
    "data-phase": row.id,
    "aria-label": spoken(row, input),
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
    ...columns(row, y, input),
  );
  if (row.startMs !== null) group.append(...bars(row, y, input));
  return group;
}

/** The row's columns of text. */
function columns(row: WaterfallRow, y: number, input: RowInput): SVGElement[] {
  const { plot, comparison, nowMs, measureLabel, measureFigure } = input;
  const middle = y + plot.textMiddle;
  const at = { y: middle + BASELINE };
  const end = { ...at, "text-anchor": "end" };
  const label = fitText(row.label, labelWidth(plot, row.share !== null), measureLabel);
  const elapsedMs = elapsedOf(row, nowMs);
  const tookMs = durationOf(row);
  const beforeMs = comparison?.phases[row.id]?.tookMs;
  return [
    text(label, { ...at, x: plot.labelX, class: "label" }),
    ...(row.share === null
      ? []
      : [text(`◆ ${row.share}`, { ...end, x: plot.shareX, class: "share" })]),
    elapsedMs === null || row.status === "skipped"
      ? text(row.statusWord, { ...end, x: plot.tookX, class: "note" })
      : text(formatDuration(elapsedMs), { ...end, x: plot.tookX, class: "took" }),
    ...(tookMs === null || beforeMs === undefined || row.status !== "done"
      ? []
      : [
          drawPill([tookMs, beforeMs], {
            x: plot.pillX,
            y: y + plot.pillMiddle,
            measure: measureFigure,
          }),
        ]),
  ];
}

/** The row's bar, the usual end of its phase, and the bar of the compared boot. */
function bars(row: WaterfallRow, y: number, { plot, comparison, usual, nowMs }: RowInput) {
  const { startMs } = row;
  if (startMs === null) return [];
  const endMs = row.endMs ?? nowMs;
  const ghost = comparison?.phases[row.id]?.span ?? null;
  const usualMs = usual?.phases[row.id]?.tookMs;
  const barY = y + plot.barMiddle - plot.barHeight / 2 - (ghost === null ? 0 : 3);
  const drawn: SVGElement[] = [];
  if (ghost !== null && isInView(plot, ghost.startMs, ghost.endMs)) {
    const place = { y: barY + plot.barHeight + 2, height: GHOST_HEIGHT, rx: 2 };
    const extent = extentOf([ghost.startMs, ghost.endMs], 2, plot);
    drawn.push(element("rect", { class: "ghost", ...extent, ...place }));
  }
  if (isInView(plot, startMs, endMs)) {
    const extent = extentOf([startMs, endMs], 3, plot);
    drawn.push(
      element("rect", { class: "bar", ...extent, y: barY, height: plot.barHeight, rx: 3 }),
    );
  }
  const usualEndMs = usualMs === undefined ? null : startMs + usualMs;
  if (usualEndMs !== null && isInView(plot, usualEndMs, usualEndMs)) {
    const x = plot.x(usualEndMs);
    const [y1, y2] = [barY - 4, barY + plot.barHeight + 4];
    drawn.push(element("line", { class: "usual", x1: x, x2: x, y1, y2 }));
  }
  return drawn;
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

/** What a screen reader says in place of the row's columns. */
function spoken(row: WaterfallRow, { nowMs, texts, comparison }: RowInput): string {
  const parts = [row.title, row.statusWord];
  const elapsedMs = elapsedOf(row, nowMs);
  if (row.startMs !== null) parts.push(`${texts.began} ${formatDuration(row.startMs)}`);
  if (elapsedMs !== null) parts.push(`${texts.took} ${formatDuration(elapsedMs)}`);
  const beforeMs = comparison?.phases[row.id]?.tookMs;
  if (row.status === "done" && beforeMs !== undefined) {
    const name = comparison?.startedAt === null ? texts.usually : texts.before;
    parts.push(`${name} ${formatDuration(beforeMs)}`);
  }
  if (row.share !== null) parts.push(`${texts.critical} ${row.share}`);
  return parts.join(", ");
}
