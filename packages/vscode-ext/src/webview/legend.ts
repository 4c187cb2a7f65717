import type { WaterfallComparison, WaterfallModel } from "../model/waterfall-messages.ts";
import { page } from "./page.ts";

/** Shows the legend of the colours that are in the chart. */
export function showLegend(model: WaterfallModel, comparison: WaterfallComparison | null): void {
  const drawn = new Set(model.rows.filter(({ startMs }) => startMs !== null).map(colorOf));
  if (comparison !== null) drawn.add("earlier");
  for (const entry of page.legend) {
    entry.hidden = !drawn.has(entry.dataset["legend"] ?? "");
  }
}

/** The same precedence as in the style sheet: first how a phase ended, then where it ran. */
function colorOf({ status, critical, workers }: WaterfallModel["rows"][number]): string {
  if (status === "failed" || status === "warned") return status;
  if (status === "skipped" || status === "cancelled") return "unfinished";
  if (critical) return "critical";
  return workers ? "workers" : "main";
}
