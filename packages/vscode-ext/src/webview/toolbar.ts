import { formatDuration } from "@sandboot/runtime/protocol";
import type {
  FromWebview,
  WaterfallComparison,
  WaterfallTexts,
} from "../model/waterfall-messages.ts";
import { exportPng, exportSvg } from "./export.ts";
import { find, page } from "./page.ts";
import { NOTHING, type Waterfall } from "./waterfall.ts";

export const ZOOM_STEP = 1.4;

export function wireToolbar(waterfall: Waterfall, send: (message: FromWebview) => void): void {
  const onClick = (selector: string, act: () => void) =>
    find(selector).addEventListener("click", act);
  onClick("#zoom-in", () => waterfall.zoom(ZOOM_STEP));
  onClick("#zoom-out", () => waterfall.zoom(1 / ZOOM_STEP));
  onClick("#fit", () => waterfall.fit());
  onClick("#export-svg", () =>
    send({ type: "export", format: "svg", data: exportSvg(page.chart) }),
  );
  onClick("#export-png", () => {
    void exportPng(page.chart).then((data) => send({ type: "export", format: "png", data }));
  });
  onClick("#export-perfetto", () => send({ type: "export", format: "perfetto" }));
  page.compare.addEventListener("change", () => {
    waterfall.compareWith(page.compare.value);
  });
  page.strip.addEventListener("click", ({ target }) => {
    const boot = target instanceof Element ? target.getAttribute("data-boot") : null;
    if (boot === null) return;
    waterfall.compareWith(boot);
    fillCompare(waterfall);
  });
}

/** Offers the boots to compare with. */
export function fillCompare({ comparisons, texts, comparison }: Waterfall): void {
  const options = comparisons.map((one) => new Option(labelOf(one), one.id));
  page.compare.replaceChildren(new Option(texts.nothing, NOTHING), ...options);
  page.compare.value = comparison?.id ?? NOTHING;
  page.compare.disabled = comparisons.length === 0;
}

/** The date is that of the reader's time zone. */
function labelOf({ label, startedAt, readyMs }: WaterfallComparison): string {
  const date = startedAt === null ? "" : new Date(startedAt).toLocaleString();
  return `${label ?? date} · ${formatDuration(readyMs)}`;
}

/** Translates the page. */
export function fillTexts(texts: WaterfallTexts): void {
  for (const node of document.querySelectorAll<HTMLElement>("[data-text]")) {
    node.textContent = texts[node.dataset["text"] as keyof WaterfallTexts] ?? "";
  }
  for (const node of document.querySelectorAll<HTMLElement>("[data-label]")) {
    const label = texts[node.dataset["label"] as keyof WaterfallTexts] ?? "";
    node.setAttribute("aria-label", label);
    node.title = label;
  }
}
