import {
  type FromWebview,
  type ToWebview,
  type WaterfallComparison,
  type WaterfallModel,
  type WaterfallTexts,
  waterfallTexts,
} from "../model/waterfall-messages.ts";
import type { TimeWindow } from "./axis.ts";
import { fillCard } from "./card.ts";
import { type DrawnChart, drawChart, wholeBoot } from "./chart.ts";
import { exportPng, exportSvg } from "./export.ts";

interface VsCodeApi {
  postMessage(message: FromWebview): void;
  getState(): SavedView | undefined;
  setState(state: SavedView): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

/** Kept while the tab is hidden. */
interface SavedView {
  readonly comparison: WaterfallComparison["id"] | null;
  readonly window: TimeWindow | null;
}

const ZOOM_STEP = 1.4;
const PAN_SHARE = 0.15;
const NARROWEST_MS = 2;
const LIVE_INTERVAL_MS = 100;

const vscode = acquireVsCodeApi();
const find = <T extends Element>(selector: string): T => {
  const found = document.querySelector<T>(selector);
  if (found === null) throw new Error(`the page has no ${selector}`);
  return found;
};
const svg = find<SVGSVGElement>("#chart");
const card = find<HTMLElement>("#card");
const stage = find<HTMLElement>("#stage");
const compare = find<HTMLSelectElement>("#compare");

let texts: WaterfallTexts = waterfallTexts;
let model: WaterfallModel | null = null;
let receivedAtMs = 0;
let saved: SavedView = vscode.getState() ?? { comparison: null, window: null };
let selected: string | null = null;
let pinned = false;
let drawn: DrawnChart = { rows: [], plot: { left: 0, width: 1 } };
let shownWindow: TimeWindow = { fromMs: 0, toMs: 1 };

const nowMs = () =>
  model === null ? 0 : model.nowMs + (model.live ? performance.now() - receivedAtMs : 0);
const comparison = () => model?.comparisons.find(({ id }) => id === saved.comparison) ?? null;

function save(change: Partial<SavedView>): void {
  saved = { ...saved, ...change };
  vscode.setState(saved);
}

function draw(): void {
  document.body.classList.toggle("empty", model === null);
  if (model === null) {
    find("#title").textContent = texts.empty;
    return;
  }
  document.body.classList.toggle("live", model.live);
  find("#title").textContent = model.title;
  const subtitle = find("#subtitle");
  subtitle.textContent = model.subtitle;
  subtitle.className = model.tone;
  const focused = document.activeElement?.closest("[data-phase]")?.getAttribute("data-phase");
  shownWindow = saved.window ?? wholeBoot(model, nowMs(), comparison());
  drawn = drawChart(svg, {
    model,
    texts,
    window: shownWindow,
    nowMs: nowMs(),
    width: Math.max(360, stage.clientWidth),
    comparison: comparison(),
    selected,
  });
  const current = drawn.rows.find(({ row }) => row.id === (focused ?? selected)) ?? drawn.rows[0];
  current?.element.setAttribute("tabindex", "0");
  if (focused != null) current?.element.focus({ preventScroll: true });
  showCard();
}

function showCard(): void {
  const entry = drawn.rows.find(({ row }) => row.id === selected);
  for (const { row, element } of drawn.rows) {
    element.classList.toggle("selected", row.id === selected);
  }
  card.hidden = entry === undefined;
  if (entry === undefined) return;
  fillCard(card, entry.row, { texts, nowMs: nowMs(), comparison: comparison() });
  card.classList.toggle("pinned", pinned);
  const below = entry.y + 32;
  const room = stage.scrollTop + stage.clientHeight - below;
  const above = entry.y - card.offsetHeight - 2;
  const top = room >= card.offsetHeight || above < stage.scrollTop ? below : above;
  const left = Math.max(8, Math.min(entry.x, stage.clientWidth - card.offsetWidth - 12));
  // The policy forbids style attributes in the page, not what a script sets.
  card.style.top = `${top}px`;
  card.style.left = `${left}px`;
}

function select(id: string | null, pin = pinned): void {
  const changed = id !== selected;
  selected = id;
  pinned = pin && id !== null;
  if (changed) draw();
  else showCard();
}

function fillCompare(): void {
  const options = [
    { id: "", label: texts.nothing },
    ...(model?.comparisons.map(({ id, label }) => ({ id, label })) ?? []),
  ];
  compare.replaceChildren(
    ...options.map(({ id, label }) => {
      const option = document.createElement("option");
      option.value = id;
      option.textContent = label;
      return option;
    }),
  );
  compare.value = comparison()?.id ?? "";
  compare.disabled = options.length === 1;
}

function fillTexts(): void {
  for (const node of document.querySelectorAll<HTMLElement>("[data-text]")) {
    node.textContent = texts[node.dataset["text"] as keyof WaterfallTexts] ?? "";
  }
  for (const node of document.querySelectorAll<HTMLElement>("[data-label]")) {
    const label = texts[node.dataset["label"] as keyof WaterfallTexts] ?? "";
    node.setAttribute("aria-label", label);
    node.title = label;
  }
}

/** The middle of the selected phase's bar, or of what is shown. */
function focusMs(): number {
  const row = drawn.rows.find((each) => each.row.id === selected)?.row;
  const { fromMs, toMs } = shownWindow;
  if (row === undefined || row.startMs === null) return (fromMs + toMs) / 2;
  const middle = (row.startMs + (row.endMs ?? nowMs())) / 2;
  return Math.min(toMs, Math.max(fromMs, middle));
}

/** @param at What stays where it is, in milliseconds; the selected phase when not given. */
function zoom(factor: number, at?: number): void {
  if (model === null) return;
  const { fromMs, toMs } = shownWindow;
  const whole = wholeBoot(model, nowMs(), comparison());
  const fixed = at ?? focusMs();
  const from = fixed - (fixed - fromMs) / factor;
  const to = fixed + (toMs - fixed) / factor;
  if (to - from < NARROWEST_MS) return;
  const out = from <= whole.fromMs && to >= whole.toMs;
  save({
    window: out ? null : { fromMs: Math.max(0, from), toMs: Math.min(whole.toMs, to) },
  });
  draw();
}

function pan(byMs: number): void {
  if (model === null || saved.window === null) return;
  const { fromMs, toMs } = saved.window;
  const whole = wholeBoot(model, nowMs(), comparison());
  const by = Math.max(-fromMs, Math.min(byMs, whole.toMs - toMs));
  save({ window: { fromMs: fromMs + by, toMs: toMs + by } });
  draw();
}

function fit(): void {
  save({ window: null });
  draw();
}

const msAt = (clientX: number) => {
  const x = clientX - svg.getBoundingClientRect().left;
  const share = (x - drawn.plot.left) / drawn.plot.width;
  return shownWindow.fromMs + share * (shownWindow.toMs - shownWindow.fromMs);
};

function phaseAt(target: EventTarget | null): string | null {
  return (target as Element | null)?.closest?.("[data-phase]")?.getAttribute("data-phase") ?? null;
}

function step(by: number): void {
  const index = drawn.rows.findIndex(({ row }) => row.id === selected);
  const next = drawn.rows[Math.min(drawn.rows.length - 1, Math.max(0, index + by))];
  if (next === undefined) return;
  select(next.row.id);
  const node = drawn.rows.find(({ row }) => row.id === next.row.id)?.element;
  node?.focus();
  node?.scrollIntoView({ block: "nearest" });
}

const spanMs = () => shownWindow.toMs - shownWindow.fromMs;
const keys: Readonly<Record<string, () => void>> = {
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  Home: () => step(Number.NEGATIVE_INFINITY),
  End: () => step(Number.POSITIVE_INFINITY),
  ArrowLeft: () => pan(-spanMs() * PAN_SHARE),
  ArrowRight: () => pan(spanMs() * PAN_SHARE),
  "+": () => zoom(ZOOM_STEP),
  "=": () => zoom(ZOOM_STEP),
  "-": () => zoom(1 / ZOOM_STEP),
  "0": fit,
  Enter: () => select(selected, !pinned),
  Escape: () => select(null, false),
};

stage.addEventListener("keydown", (event) => {
  const act = keys[event.key];
  if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  act();
});
svg.addEventListener("pointerover", (event) => {
  const phase = phaseAt(event.target);
  if (!pinned && phase !== null) select(phase);
});
svg.addEventListener("pointerleave", () => {
  if (!pinned) select(null);
});
svg.addEventListener("focusin", (event) => select(phaseAt(event.target)));
svg.addEventListener("click", (event) => {
  if (dragged) return;
  const phase = phaseAt(event.target);
  select(phase, phase !== null && !(pinned && phase === selected));
});
stage.addEventListener(
  "wheel",
  (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? ZOOM_STEP : 1 / ZOOM_STEP, msAt(event.clientX));
  },
  { passive: false },
);

let dragged = false;
svg.addEventListener("pointerdown", (down) => {
  dragged = false;
  let lastX = down.clientX;
  const move = (event: PointerEvent) => {
    if (Math.abs(event.clientX - down.clientX) > 4) dragged = true;
    if (dragged) pan((-(event.clientX - lastX) / drawn.plot.width) * spanMs());
    lastX = event.clientX;
  };
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", () => window.removeEventListener("pointermove", move), {
    once: true,
  });
});

compare.addEventListener("change", () => {
  const chosen = model?.comparisons.find(({ id }) => id === compare.value);
  save({ comparison: chosen?.id ?? null, window: null });
  draw();
});
find("#zoom-in").addEventListener("click", () => zoom(ZOOM_STEP));
find("#zoom-out").addEventListener("click", () => zoom(1 / ZOOM_STEP));
find("#fit").addEventListener("click", fit);
find("#export-svg").addEventListener("click", () => {
  vscode.postMessage({ type: "export", format: "svg", data: exportSvg(svg) });
});
find("#export-png").addEventListener("click", () => {
  void exportPng(svg).then((data) => {
    vscode.postMessage({ type: "export", format: "png", data });
  });
});
find("#export-perfetto").addEventListener("click", () => {
  vscode.postMessage({ type: "export", format: "perfetto" });
});

window.addEventListener("message", ({ data }: MessageEvent<ToWebview>) => {
  switch (data.type) {
    case "texts":
      texts = data.texts;
      fillTexts();
      break;
    case "model":
      model = data.model;
      receivedAtMs = performance.now();
      fillCompare();
      break;
    default:
      data satisfies never;
      return;
  }
  draw();
});
new ResizeObserver(() => draw()).observe(stage);
// Only what runs grows, and only on the screen: the extension is not asked.
setInterval(() => {
  if (model?.live === true && !document.hidden) draw();
}, LIVE_INTERVAL_MS);
fillTexts();
vscode.postMessage({ type: "loaded" });
