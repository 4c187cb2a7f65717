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

/** The lower half of the page: what one phase did and needed, how long it took, and what it printed. */
export class DetailPane {
  readonly #pane: HTMLElement;
  /** What is shown. It stays as long as it is the same: somebody may be reading, copying or scrolling it. */
  #shown = "";

  constructor(pane: HTMLElement) {
    this.#pane = pane;
  }

  show(row: WaterfallRow | undefined, input: DetailInput): void {
    this.#pane.toggleAttribute("hidden", row === undefined);
    if (row === undefined) return;
    // A running phase grows by the second.
    const seconds = row.endMs === null ? Math.floor(input.nowMs / 1000) : null;
    const shown = JSON.stringify([row, { ...input, nowMs: seconds }]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#pane.classList.toggle("pinned", input.pinned);
    const body = make("div", "", "columns");
    body.append(factsOf(row, input));
    if (row.output.length > 0) {
      const output = make("section", "", "output");
      output.append(make("h3", input.texts.output), make("pre", row.output.join("\n")));
      body.append(output);
    }
    this.#pane.replaceChildren(headingOf(row, input), body);
  }
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
