import type { FromWebview, WaterfallTexts } from "../model/waterfall-messages.ts";
import { exportPng, exportSvg } from "./export.ts";
import { find, page } from "./page.ts";
import type { Waterfall } from "./waterfall.ts";

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
    const chosen = waterfall.model?.comparisons.find(({ id }) => id === page.compare.value);
    waterfall.compareWith(chosen?.id ?? null);
  });
}

/** Offers the boots to compare with. */
export function fillCompare({ model, texts, comparison }: Waterfall): void {
  const earlier = model?.comparisons ?? [];
  const options = [{ id: "", label: texts.nothing }, ...earlier];
  page.compare.replaceChildren(...options.map(({ id, label }) => new Option(label, id)));
  page.compare.value = comparison?.id ?? "";
  page.compare.disabled = earlier.length === 0;
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
