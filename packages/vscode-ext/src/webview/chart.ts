import { formatTick, type TimeWindow, ticksIn } from "@sandboot/runtime/protocol";
import type {
  WaterfallComparison,
  WaterfallModel,
  WaterfallTexts,
} from "../model/waterfall-messages.ts";
import { fitText, measureIn } from "./fit-text.ts";
import { drawLinks } from "./links.ts";
import { isInView, type Plot, plotFor } from "./plot.ts";
import { drawReadyMark } from "./ready-mark.ts";
import { type DrawnRow, drawRow } from "./row.ts";
import { element, text } from "./svg.ts";
import { isDecided } from "./viewport.ts";

const BOTTOM_PX = 14;
/** Space for a tick and its label. */
const TICK_PX = 90;

export interface ChartInput {
  readonly model: WaterfallModel;
  readonly texts: WaterfallTexts;
  readonly window: TimeWindow;
  readonly nowMs: number;
  readonly width: number;
  /** The theme's font family. */
  readonly font: string;
  readonly comparison: WaterfallComparison | null;
  readonly usual: WaterfallComparison | null;
  /** The row whose links are drawn. */
  readonly selected: string | null;
}

export interface DrawnChart {
  readonly rows: readonly DrawnRow[];
  readonly plot: Plot;
}

/** Draws the chart and replaces the content of `svg`. */
export function drawChart(svg: SVGSVGElement, input: ChartInput): DrawnChart {
  const { model, window, width, font } = input;
  const plot = plotFor(width, window, input.comparison !== null);
  const { readyMs } = model;
  const readyX = readyMs !== null && isInView(plot, readyMs, readyMs) ? plot.x(readyMs) : null;
  const measureGroup = measureIn(`600 12px ${font}`);
  const rowInput = {
    ...input,
    plot,
    hasChain: isDecided(model),
    measureLabel: measureIn(`12.5px ${font}`),
    measureFigure: measureIn(`600 11px ${font}`),
  };
  const body = element("g", { role: "list" });
  const rows: DrawnRow[] = [];
  let y = plot.top;
  let group = "";
  for (const row of model.rows) {
    if (row.group !== group) {
      group = row.group;
      const title = fitText(group.toUpperCase(), width - 2 * plot.groupX, measureGroup);
      body.append(
        text(title, { x: plot.groupX, y: y + 19, class: "group", "aria-hidden": "true" }),
      );
      y += plot.groupHeight;
    }
    const drawn = drawRow(row, y, rowInput);
    body.append(drawn);
    rows.push({ row, element: drawn, y });
    y += plot.rowHeight;
  }

  const grid = drawGrid(plot, y);
  if (readyX !== null && readyMs !== null) {
    drawReadyMark(grid, { ...input, readyMs, x: readyX, plot, bottom: y });
  }
  const links = element("g", { class: "links", "aria-hidden": "true" });
  drawLinks(links, rows, { plot, selected: input.selected });

  const height = y + BOTTOM_PX;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("width", String(width));
  svg.setAttribute("height", String(height));
  svg.replaceChildren(grid, links, body);
  return { rows, plot };
}

function drawGrid(plot: Plot, bottom: number): SVGElement {
  const grid = element("g", { class: "grid", "aria-hidden": "true" });
  for (const ms of ticksIn(plot.window, plot.width / TICK_PX)) {
    const x = plot.x(ms);
    grid.append(
      element("line", { x1: x, x2: x, y1: plot.top - 6, y2: bottom }),
      text(formatTick(ms, plot.window), {
        x,
        y: plot.top - 14,
        class: "tick",
        "text-anchor": "middle",
      }),
    );
  }
  return grid;
}
