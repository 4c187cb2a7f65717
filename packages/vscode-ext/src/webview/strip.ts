import { bootStrip, formatDuration } from "@sandboot/runtime/protocol";
import type { WaterfallComparison, WaterfallModel } from "../model/waterfall-messages.ts";
import { page } from "./page.ts";
import { element } from "./svg.ts";

/** Earlier boots and this one as bars. The chosen one is marked; a click chooses (toolbar.ts). */
export function drawStrip(
  { readyMs }: WaterfallModel,
  comparisons: readonly WaterfallComparison[],
  chosen: WaterfallComparison | null,
): void {
  const earlier = comparisons
    .flatMap(({ id, startedAt, readyMs: before }) =>
      startedAt === null ? [] : [{ id, startedAt, readyMs: before }],
    )
    .toReversed();
  const p50Ms = comparisons.find(({ startedAt }) => startedAt === null)?.readyMs ?? null;
  const now = readyMs === null ? [] : [{ startedAt: THIS, readyMs }];
  const { bars, end, p50 } = bootStrip([...earlier, ...now], p50Ms);
  const atRight = 100 - end;
  const ids = new Map(earlier.map(({ id, startedAt }) => [startedAt, id]));
  page.strip.toggleAttribute("hidden", earlier.length === 0);
  page.strip.replaceChildren(
    ...bars.map(({ startedAt, readyMs: ms, x, width, height }) => {
      const id = ids.get(startedAt);
      const bar = element("rect", {
        class: id === undefined ? "this" : id === chosen?.id ? "that chosen" : "that",
        x: `${atRight + x}%`,
        y: `${100 - height}%`,
        width: `${width}%`,
        height: `${height}%`,
        ...(id !== undefined && { "data-boot": id }),
      });
      const title = element("title", {});
      const when = id === undefined ? "" : `${new Date(startedAt).toLocaleString()} · `;
      title.textContent = `${when}${formatDuration(ms)}`;
      bar.append(title);
      return bar;
    }),
  );
  if (p50 === null) return;
  const y = `${100 - p50}%`;
  page.strip.append(
    element("line", { class: "usual", x1: `${atRight}%`, x2: "100%", y1: y, y2: y }),
  );
}

/** In place of the start of the boot that is shown. */
const THIS = "";
