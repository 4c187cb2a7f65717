import { elapsedOf, formatDuration, printableLines } from "@sandboot/runtime/protocol";
import type {
  WaterfallComparison,
  WaterfallRow,
  WaterfallTexts,
} from "../model/waterfall-messages.ts";
import { pill } from "./pill.ts";

export interface DetailInput {
  readonly texts: WaterfallTexts;
  readonly nowMs: number;
  readonly comparison: WaterfallComparison | null;
  readonly usual: WaterfallComparison | null;
  readonly pinned: boolean;
  /** The title of a phase, by its id. */
  readonly titleOf: (id: string) => string;
}

/** Shows one phase: what it did and needed, how long it took, what it printed. */
export function fillDetail(pane: HTMLElement, row: WaterfallRow, input: DetailInput): void {
  const { texts, pinned } = input;
  pane.classList.toggle("pinned", pinned);
  const body = make("div", "", "columns");
  body.append(factsOf(row, input));
  if (row.output.length > 0) {
    const output = make("section", "", "output");
    output.append(make("h3", texts.output), make("pre", row.output.join("\n")));
    body.append(output);
  }
  pane.replaceChildren(headingOf(row, input), body);
}

function headingOf(row: WaterfallRow, { texts, pinned }: DetailInput): HTMLElement {
  const heading = make("h2", "");
  const name = make("span", row.title);
  name.title = row.id;
  heading.append(name, make("span", row.statusWord, `badge ${row.status}`));
  if (row.share !== null) {
    heading.append(make("span", `◆ ${texts.critical} ${row.share}`, "badge"));
  }
  if (pinned) {
    const mark = make("span", texts.pinned, "badge pin");
    mark.title = texts.unpin;
    heading.append(mark);
  }
  return heading;
}

function factsOf(row: WaterfallRow, input: DetailInput): HTMLElement {
  const { texts, nowMs, comparison, usual, titleOf } = input;
  const facts = document.createElement("dl");
  const add = (name: string, ...value: readonly (string | Node)[]) => {
    const shown = make("dd", "");
    shown.append(...value);
    facts.append(make("dt", name), shown);
  };
  const tookMs = elapsedOf(row, nowMs);
  if (row.startMs !== null) add(texts.began, formatDuration(row.startMs));
  if (tookMs !== null) add(texts.took, formatDuration(tookMs));
  const compared = comparison?.startedAt == null ? null : comparison;
  for (const [name, boot] of [
    [texts.usually, usual],
    [texts.before, compared],
  ] as const) {
    const beforeMs = boot?.phases[row.id]?.tookMs;
    if (tookMs === null || beforeMs === undefined) continue;
    add(name, `${formatDuration(beforeMs)} `, pill(tookMs, beforeMs));
  }
  if (row.needs.length > 0) add(texts.needs, ...row.needs.map((id) => needButton(id, titleOf(id))));
  for (const [name, value] of row.facts) add(name, printableLines(value));
  return facts;
}

function needButton(id: string, title: string): HTMLElement {
  const button = make("button", title, "need");
  button.title = id;
  button.dataset["choose"] = id;
  return button;
}

function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  text: string,
  className = "",
): HTMLElementTagNameMap[K] {
  const node = document.createElement(name);
  node.textContent = printableLines(text);
  if (className !== "") node.className = className;
  return node;
}
