import type { WaterfallComparison, WaterfallModel } from "../model/waterfall-messages.ts";
import { page } from "./page.ts";

/** Explains the colours that are drawn, and no others. */
export function showLegend(model: WaterfallModel, comparison: WaterfallComparison | null): void {
  const drawn = new Set(model.rows.filter(({ startMs }) => startMs !== null).map(colorOf));
  if (comparison !== null) drawn.add("earlier");
  for (const entry of page.legend) {
    entry.hidden = !drawn.has(entry.dataset["legend"] ?? "");
  }
}

/** As the stylesheet has it: how a phase ended is more than where it ran. */
function colorOf({ status, critical, workers }: WaterfallModel["rows"][number]): string {
  if (status === "failed" || status === "warned") return status;
  if (status === "skipped" || status === "cancelled") return "unfinished";
  if (critical) return "critical";
  return workers ? "workers" : "main";
}
