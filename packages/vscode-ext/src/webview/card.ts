import {
  elapsedOf,
  formatDifference,
  formatDuration,
  printableLines,
} from "@sandboot/runtime/protocol";
import type {
  WaterfallComparison,
  WaterfallRow,
  WaterfallTexts,
} from "../model/waterfall-messages.ts";
import type { Plot } from "./plot.ts";
import type { DrawnRow } from "./row.ts";

/** Fills the card with the details of one phase. */
export function fillCard(
  card: HTMLElement,
  row: WaterfallRow,
  {
    texts,
    nowMs,
    comparison,
  }: { texts: WaterfallTexts; nowMs: number; comparison: WaterfallComparison | null },
): void {
  const heading = make("h2", row.title);
  const badge = make("span", row.statusWord);
  badge.className = `badge ${row.status}`;
  heading.append(badge);
  if (row.critical) {
    const mark = make("span", texts.critical);
    mark.className = "badge critical";
    heading.append(mark);
  }
  const facts = document.createElement("dl");
  const add = (name: string, value: string) => facts.append(make("dt", name), make("dd", value));
  const tookMs = elapsedOf(row, nowMs);
  if (row.startMs !== null) add(texts.began, formatDuration(row.startMs));
  if (tookMs !== null) add(texts.took, formatDuration(tookMs));
  const beforeMs = comparison?.phases[row.id]?.tookMs;
  if (tookMs !== null && beforeMs !== undefined) {
    add(texts.before, `${formatDuration(beforeMs)} (${formatDifference(tookMs, beforeMs)})`);
  }
  if (row.needs.length > 0) add(texts.needs, row.needs.join(", "));
  for (const [name, value] of row.facts) add(name, value);
  card.replaceChildren(heading, facts);
  if (row.outputTail.length > 0) card.append(make("pre", row.outputTail.join("\n")));
}

/** Below its row, or above when there is no room below. Always in view. */
export function placeCard(card: HTMLElement, stage: HTMLElement, row: DrawnRow, plot: Plot): void {
  const below = row.y + plot.rowHeight + 2;
  const room = stage.scrollTop + stage.clientHeight - below;
  const above = row.y - card.offsetHeight - 2;
  const top = room >= card.offsetHeight || above < stage.scrollTop ? below : above;
  const left = Math.max(8, Math.min(row.x, stage.clientWidth - card.offsetWidth - 12));
  // The page's policy forbids style attributes, but a script may set styles.
  card.style.top = `${top}px`;
  card.style.left = `${left}px`;
}

function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  text: string,
): HTMLElementTagNameMap[K] {
  const node = document.createElement(name);
  node.textContent = printableLines(text);
  return node;
}
