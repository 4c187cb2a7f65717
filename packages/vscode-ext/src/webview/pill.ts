import { changeOf, formatDifference } from "@sandboot/runtime/protocol";
import type { Measure } from "./fit-text.ts";
import { element, text } from "./svg.ts";

const HEIGHT = 18;
const PADDING = 8;

/** A difference in the chart. Its right edge and its middle are given, in pixels. */
export function drawPill(
  [durationMs, beforeMs]: readonly [number, number],
  { x, y, measure }: { readonly x: number; readonly y: number; readonly measure: Measure },
): SVGElement {
  const words = formatDifference(durationMs, beforeMs);
  const width = measure(words) + 2 * PADDING;
  const pill = element("g", { class: `pill ${changeOf(durationMs, beforeMs)}` });
  pill.append(
    element("rect", { x: x - width, y: y - HEIGHT / 2, width, height: HEIGHT, rx: HEIGHT / 2 }),
    text(words, { x: x - PADDING, y: y + 4, "text-anchor": "end" }),
  );
  return pill;
}

/** A difference in the page. */
export function pill(durationMs: number, beforeMs: number): HTMLElement {
  const chip = document.createElement("span");
  chip.className = `chip ${changeOf(durationMs, beforeMs)}`;
  chip.textContent = formatDifference(durationMs, beforeMs);
  return chip;
}
