import { formatDifference, formatDuration } from "../model/format.ts";
import type {
  WaterfallComparison,
  WaterfallModel,
  WaterfallRow,
  WaterfallTexts,
} from "../model/waterfall-messages.ts";
import { formatTick, type TimeWindow, ticks } from "./axis.ts";
import { element, text } from "./svg.ts";

const layout = {
  rowHeight: 30,
  groupHeight: 28,
  barHeight: 14,
  ghostHeight: 4,
  top: 46,
  right: 116,
  bottom: 14,
  minLabelWidth: 120,
  maxLabelWidth: 260,
} as const;

export interface ChartInput {
  readonly model: WaterfallModel;
  readonly texts: WaterfallTexts;
  readonly window: TimeWindow;
  readonly nowMs: number;
  readonly width: number;
  readonly comparison: WaterfallComparison | null;
  /** The row whose needs are drawn. */
  readonly selected: string | null;
}

/** Where a row's bar was drawn, so that its card can be put beside it. */
export interface DrawnRow {
  readonly row: WaterfallRow;
  readonly element: SVGGElement;
  readonly y: number;
  readonly x: number;
}

export interface DrawnChart {
  readonly rows: readonly DrawnRow[];
  readonly plot: { readonly left: number; readonly width: number };
}

/** The window that shows all there is. */
export function wholeBoot(
  model: WaterfallModel,
  nowMs: number,
  comparison: WaterfallComparison | null,
): TimeWindow {
  const ends = model.rows.map(({ startMs, endMs }) => (startMs === null ? 0 : (endMs ?? nowMs)));
  const earlier = comparison === null ? [] : Object.values(comparison.spans).map((s) => s.endMs);
  const last = Math.max(1, ...ends, ...earlier, model.readyMs ?? 0);
  return { fromMs: 0, toMs: last * 1.04 };
}

/** Draws the chart into `svg`, in place of what was there. */
export function drawChart(svg: SVGSVGElement, input: ChartInput): DrawnChart {
  const { model, window, width } = input;
  const labelWidth = Math.min(
    layout.maxLabelWidth,
    Math.max(layout.minLabelWidth, Math.round(width * 0.28)),
  );
  const left = labelWidth + 12;
  const plotWidth = Math.max(60, width - left - layout.right);
  const scale = (ms: number) =>
    left + ((ms - window.fromMs) / (window.toMs - window.fromMs)) * plotWidth;
  const clamp = (x: number) => Math.min(left + plotWidth, Math.max(left, x));

  const height = chartHeight(model.rows);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("width", String(width));
  svg.setAttribute("height", String(height));
  const grid = element("g", { class: "grid", "aria-hidden": "true" });
  const links = element("g", { class: "links", "aria-hidden": "true" });
  const body = element("g", { role: "list" });

  for (const ms of ticks(window, plotWidth)) {
    const x = scale(ms);
    grid.append(
      element("line", { x1: x, x2: x, y1: layout.top - 6, y2: height - layout.bottom }),
      text(formatTick(ms, window), {
        x,
        y: layout.top - 14,
        class: "tick",
        "text-anchor": "middle",
      }),
    );
  }

  const drawn: DrawnRow[] = [];
  let y: number = layout.top;
  let group = "";
  for (const row of model.rows) {
    if (row.group !== group) {
      group = row.group;
      body.append(text(group, { x: 10, y: y + 19, class: "group", "aria-hidden": "true" }));
      y += layout.groupHeight;
    }
    const x = row.startMs === null ? left : clamp(scale(row.startMs));
    const node = drawRow(row, { ...input, scale, clamp, left, plotWidth, labelWidth, y });
    body.append(node);
    drawn.push({ row, element: node, y, x });
    y += layout.rowHeight;
  }

  drawLinks(links, drawn, { ...input, scale, left, plotWidth });
  if (model.readyMs !== null) drawReady(grid, scale(model.readyMs), height, left, plotWidth, input);
  svg.replaceChildren(grid, links, body);
  return { rows: drawn, plot: { left, width: plotWidth } };
}

function chartHeight(rows: readonly WaterfallRow[]): number {
  const groups = rows.filter((row, index) => row.group !== rows[index - 1]?.group).length;
  return layout.top + rows.length * layout.rowHeight + groups * layout.groupHeight + layout.bottom;
}

interface RowInput extends ChartInput {
  readonly scale: (ms: number) => number;
  readonly clamp: (x: number) => number;
  readonly left: number;
  readonly plotWidth: number;
  readonly labelWidth: number;
  readonly y: number;
}

function drawRow(row: WaterfallRow, input: RowInput): SVGGElement {
  const { y, left, plotWidth, labelWidth, comparison, nowMs, scale, clamp, texts } = input;
  const middle = y + layout.rowHeight / 2;
  const ghost = comparison?.spans[row.id];
  const barY = middle - layout.barHeight / 2 - (ghost === undefined ? 0 : 3);
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
      x: 2,
      y: y + 1,
      width: left + plotWidth + layout.right - 4,
      height: layout.rowHeight - 2,
      rx: 4,
    }),
    text(shorten(row.title, labelWidth - 28), { x: 22, y: middle + 4, class: "label" }),
  );
  if (row.startMs === null) {
    group.append(text(row.statusWord, { x: left, y: middle + 4, class: "note" }));
    return group;
  }
  const endMs = row.endMs ?? nowMs;
  const [from, to] = [clamp(scale(row.startMs)), clamp(scale(endMs))];
  const inView = scale(endMs) >= left && scale(row.startMs) <= left + plotWidth;
  if (ghost !== undefined) {
    const [ghostFrom, ghostTo] = [clamp(scale(ghost.startMs)), clamp(scale(ghost.endMs))];
    group.append(
      element("rect", {
        class: "ghost",
        x: ghostFrom,
        y: barY + layout.barHeight + 2,
        width: Math.max(2, ghostTo - ghostFrom),
        height: layout.ghostHeight,
        rx: 2,
      }),
    );
  }
  if (!inView) return group;
  const barWidth = Math.max(3, to - from);
  group.append(
    element("rect", {
      class: "bar",
      x: from,
      y: barY,
      width: barWidth,
      height: layout.barHeight,
      rx: 3,
    }),
  );
  const duration = formatDuration(endMs - row.startMs);
  const difference =
    ghost === undefined || row.endMs === null
      ? ""
      : differenceText(endMs - row.startMs - (ghost.endMs - ghost.startMs));
  group.append(
    text(`${duration}${difference}`, {
      x: from + barWidth + 6,
      y: barY + layout.barHeight - 3,
      class: "duration",
    }),
  );
  return group;
}

function spoken(row: WaterfallRow, nowMs: number, texts: WaterfallTexts): string {
  const parts = [row.title, row.statusWord];
  if (row.startMs !== null) {
    parts.push(`${texts.began} ${formatDuration(row.startMs)}`);
    parts.push(`${texts.took} ${formatDuration((row.endMs ?? nowMs) - row.startMs)}`);
  }
  if (row.critical) parts.push(texts.critical);
  return parts.join(", ");
}

interface LinkInput extends ChartInput {
  readonly scale: (ms: number) => number;
  readonly left: number;
  readonly plotWidth: number;
}

/** The critical chain always; the needs of the selected row as well. */
function drawLinks(links: SVGElement, drawn: readonly DrawnRow[], input: LinkInput): void {
  const byId = new Map(drawn.map((entry) => [entry.row.id, entry]));
  const right = input.left + input.plotWidth;
  for (const to of drawn) {
    for (const id of to.row.needs) {
      const from = byId.get(id);
      const critical = to.row.critical && from?.row.critical === true;
      if (from === undefined || !(critical || to.row.id === input.selected)) continue;
      if (from.row.endMs === null || to.row.startMs === null) continue;
      const [x1, x2] = [input.scale(from.row.endMs), input.scale(to.row.startMs)];
      if (Math.max(x1, x2) < input.left || Math.min(x1, x2) > right) continue;
      const half = layout.rowHeight / 2;
      const down = to.y > from.y;
      const y1 = from.y + half + (down ? layout.barHeight / 2 : -layout.barHeight / 2);
      const y2 = to.y + half;
      const x = Math.min(right, Math.max(input.left, Math.max(x1 - 3, input.left)));
      const end = Math.max(x, x2);
      links.append(
        element("path", {
          class: critical ? "link critical" : "link",
          d: `M ${x} ${y1} V ${y2} H ${end}`,
        }),
      );
    }
  }
}

function drawReady(
  grid: SVGElement,
  x: number,
  height: number,
  left: number,
  plotWidth: number,
  { model, texts, comparison, window }: ChartInput,
): void {
  if (x < left || x > left + plotWidth || model.readyMs === null) return;
  const difference = comparison === null ? "" : differenceText(model.readyMs - comparison.readyMs);
  grid.append(
    element("line", {
      class: "ready",
      x1: x,
      x2: x,
      y1: layout.top - 4,
      y2: height - layout.bottom,
    }),
    text(`${texts.ready} ${formatDuration(model.readyMs)}${difference}`, {
      x,
      y: 13,
      class: "ready-label",
      "text-anchor": x > left + plotWidth * 0.85 || window.fromMs > 0 ? "end" : "middle",
    }),
  );
}

/** Nothing when nobody could tell the two apart. */
function differenceText(differenceMs: number): string {
  return Math.abs(differenceMs) < 1 ? "" : ` (${formatDifference(differenceMs)})`;
}

const LABEL_CHARACTER_PX = 6.6;

function shorten(title: string, widthPx: number): string {
  const fits = Math.max(8, Math.floor(widthPx / LABEL_CHARACTER_PX));
  return title.length <= fits ? title : `${title.slice(0, fits - 1).trimEnd()}…`;
}
