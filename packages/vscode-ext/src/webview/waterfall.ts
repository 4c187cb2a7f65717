import { printable, type TimeWindow } from "@sandboot/runtime/protocol";
import {
  type WaterfallComparison,
  type WaterfallModel,
  type WaterfallTexts,
  waterfallTexts,
} from "../model/waterfall-messages.ts";
import { type DrawnChart, drawChart } from "./chart.ts";
import { DetailPane } from "./detail.ts";
import { showLegend } from "./legend.ts";
import { page } from "./page.ts";
import { pill } from "./pill.ts";
import { drawStrip } from "./strip.ts";
import { panned, wholeBoot, zoomed } from "./viewport.ts";

/** The user's choices. They are kept while the tab is hidden. */
export interface View {
  /** The id of a {@link WaterfallComparison}, {@link FIRST} or {@link NOTHING}. */
  readonly comparison: string;
  /** Null for the whole boot. */
  readonly window: TimeWindow | null;
}

/** Compares with what comes first. */
export const FIRST = "first";
export const NOTHING = "";

const NARROWEST_PX = 200;

/** The chart and the detail of one phase. Every change redraws them. */
export class Waterfall {
  readonly #keep: (view: View) => void;
  #view: View;
  #texts: WaterfallTexts = waterfallTexts;
  #model: WaterfallModel | null = null;
  #comparisons: readonly WaterfallComparison[] = [];
  #receivedAtMs = 0;
  #drawn: DrawnChart | null = null;
  #selected: string | null = null;
  #pinned = false;
  readonly #detail = new DetailPane(page.detail);

  constructor(view: View, keep: (view: View) => void) {
    this.#view = view;
    this.#keep = keep;
  }

  get model(): WaterfallModel | null {
    return this.#model;
  }

  get texts(): WaterfallTexts {
    return this.#texts;
  }

  get selected(): string | null {
    return this.#selected;
  }

  get pinned(): boolean {
    return this.#pinned;
  }

  /** What the boot can be compared with. */
  get comparisons(): readonly WaterfallComparison[] {
    return this.#comparisons;
  }

  /** The chosen one. One that is no longer on record gives way to the first. */
  get comparison(): WaterfallComparison | null {
    const { comparison: chosen } = this.#view;
    if (chosen === NOTHING) return null;
    return this.#comparisons.find(({ id }) => id === chosen) ?? this.#comparisons[0] ?? null;
  }

  /** The p50 of earlier boots, whatever the boot is compared with. */
  get #usual(): WaterfallComparison | null {
    return this.#comparisons.find(({ startedAt }) => startedAt === null) ?? null;
  }

  setTexts(texts: WaterfallTexts): void {
    this.#texts = texts;
    this.draw();
  }

  setModel(model: WaterfallModel | null): void {
    this.#model = model;
    this.#receivedAtMs = performance.now();
    this.draw();
  }

  setComparisons(comparisons: readonly WaterfallComparison[]): void {
    this.#comparisons = comparisons;
    this.draw();
  }

  /** Shows the whole boot, compared with another one. */
  compareWith(comparison: string): void {
    this.#choose({ comparison, window: null });
  }

  fit(): void {
    this.#choose({ window: null });
  }

  /** @param fixedMs - The moment that keeps its place. Default: the middle of the selected phase. */
  zoom(factor: number, fixedMs = this.#focusMs()): void {
    const whole = this.#whole();
    if (whole === null || this.#drawn === null) return;
    const { window } = this.#drawn.plot;
    this.#choose({ window: zoomed(window, { factor, fixedMs, whole }) });
  }

  /** Moves the window; does nothing while the whole boot is in view. */
  pan(byMs: number): void {
    const whole = this.#whole();
    if (whole === null || this.#view.window === null) return;
    this.#choose({ window: panned(this.#view.window, byMs, whole) });
  }

  /** Shows a phase in detail. A pinned one stays when the pointer leaves. */
  select(id: string | null, pin = this.#pinned): void {
    const changed = id !== this.#selected;
    this.#selected = id;
    this.#pinned = pin && id !== null;
    if (changed) this.draw();
    else this.#showDetail();
  }

  /** Moves the selection and the keyboard focus down by a number of rows. */
  step(by: number): void {
    const rows = this.#drawn?.rows ?? [];
    const index = rows.findIndex(({ row }) => row.id === this.#selected);
    const next = rows[Math.min(rows.length - 1, Math.max(0, index + by))];
    if (next === undefined) return;
    this.select(next.row.id);
    this.#focus(next.row.id);
  }

  /** Shows a phase in detail to somebody who asked for it there. */
  pin(id: string): void {
    this.select(id, true);
    this.#focus(id);
  }

  #focus(id: string): void {
    const element = this.#drawn?.rows.find(({ row }) => row.id === id)?.element;
    element?.focus();
    element?.scrollIntoView({ block: "nearest" });
  }

  /** The moment at a position on the screen. */
  msAt(clientX: number): number {
    return this.#drawn?.plot.msAt(clientX - page.chart.getBoundingClientRect().left) ?? 0;
  }

  /** Length of the visible part, in milliseconds. */
  get spanMs(): number {
    const { fromMs, toMs } = this.#drawn?.plot.window ?? { fromMs: 0, toMs: 1 };
    return toMs - fromMs;
  }

  draw(): void {
    const model = this.#model;
    document.body.classList.toggle("empty", model === null);
    document.body.classList.toggle("live", model?.live === true);
    document.body.classList.toggle("zoomed", this.#view.window !== null);
    page.title.textContent = printable(model?.title ?? this.#texts.empty);
    page.subtitle.textContent = printable(model?.subtitle ?? this.#texts.emptyHint);
    page.subtitle.className = model?.tone ?? "plain";
    if (model === null) return;
    const focused = document.activeElement?.closest("[data-phase]")?.getAttribute("data-phase");
    this.#drawn = drawChart(page.chart, {
      model,
      texts: this.#texts,
      window: this.#view.window ?? wholeBoot(model, this.#nowMs(), this.comparison),
      nowMs: this.#nowMs(),
      width: Math.max(NARROWEST_PX, page.stage.clientWidth),
      font: getComputedStyle(page.chart).fontFamily,
      comparison: this.comparison,
      usual: this.#usual,
      selected: this.#selected,
    });
    const { rows } = this.#drawn;
    const current = rows.find(({ row }) => row.id === (focused ?? this.#selected)) ?? rows[0];
    current?.element.setAttribute("tabindex", "0");
    if (focused != null) current?.element.focus({ preventScroll: true });
    this.#showChange(model);
    drawStrip(model, this.#comparisons, this.comparison);
    showLegend(model, this.comparison, this.#usual);
    this.#showDetail();
  }

  #choose(change: Partial<View>): void {
    this.#view = { ...this.#view, ...change };
    this.#keep(this.#view);
    this.draw();
  }

  /** How the time to readiness compares. */
  #showChange({ readyMs }: WaterfallModel): void {
    const { comparison } = this;
    const isKnown = comparison !== null && readyMs !== null;
    page.change.replaceChildren(...(isKnown ? [pill(readyMs, comparison.readyMs)] : []));
  }

  #showDetail(): void {
    const model = this.#model;
    if (this.#drawn === null || model === null) return;
    for (const { row, element } of this.#drawn.rows) {
      const isSelected = row.id === this.#selected;
      element.classList.toggle("selected", isSelected);
      element.setAttribute("aria-current", String(isSelected));
      element.classList.toggle("pinned", isSelected && this.#pinned);
    }
    const shown = this.#selected ?? model.focus;
    this.#detail.show(model.rows.find(({ id }) => id === shown) ?? model.rows[0], {
      texts: this.#texts,
      nowMs: this.#nowMs(),
      comparison: this.comparison,
      usual: this.#usual,
      pinned: this.#pinned,
      titleOf: (id) => model.rows.find((row) => row.id === id)?.title ?? id,
    });
  }

  /** The runtime's clock. Running bars grow by it, without messages from the extension. */
  #nowMs(): number {
    if (this.#model === null) return 0;
    const { nowMs, live } = this.#model;
    return nowMs + (live ? performance.now() - this.#receivedAtMs : 0);
  }

  #whole(): TimeWindow | null {
    return this.#model === null ? null : wholeBoot(this.#model, this.#nowMs(), this.comparison);
  }

  /** The middle of the selected phase's bar, or of the visible part. */
  #focusMs(): number {
    const { fromMs, toMs } = this.#drawn?.plot.window ?? { fromMs: 0, toMs: 0 };
    const row = this.#model?.rows.find(({ id }) => id === this.#selected);
    if (row === undefined || row.startMs === null) return (fromMs + toMs) / 2;
    const middle = (row.startMs + (row.endMs ?? this.#nowMs())) / 2;
    return Math.min(toMs, Math.max(fromMs, middle));
  }
}
