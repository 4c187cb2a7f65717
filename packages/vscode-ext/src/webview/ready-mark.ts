import { formatDuration } from "@sandboot/runtime/protocol";
import type { WaterfallTexts } from "../model/waterfall-messages.ts";
import { measureIn } from "./fit-text.ts";
import type { Plot } from "./plot.ts";
import { element, text } from "./svg.ts";

interface ReadyMarkInput {
  readonly readyMs: number;
  readonly x: number;
  readonly texts: WaterfallTexts;
  readonly plot: Plot;
  readonly width: number;
  readonly bottom: number;
  readonly font: string;
}

/** The line at the moment of readiness, and its label above the axis. */
export function drawReadyMark(grid: SVGElement, input: ReadyMarkInput): void {
  const { readyMs, x, texts, plot, width, bottom, font } = input;
  const words = `${texts.ready} ${formatDuration(readyMs)}`;
  const half = measureIn(`600 11.5px ${font}`)(words) / 2;
  grid.append(
    element("line", { class: "ready", x1: x, x2: x, y1: plot.top - 6, y2: bottom }),
    text(words, {
      x: Math.min(width - half - 8, Math.max(half + 8, x)),
      y: 13,
      class: "ready-label",
      "text-anchor": "middle",
    }),
  );
}
