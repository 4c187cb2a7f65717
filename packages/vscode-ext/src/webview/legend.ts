import type { WaterfallComparison, WaterfallModel } from "../model/waterfall-messages.ts";
import { page } from "./page.ts";

/** Shows the legend of what is in the chart. */
export function showLegend(
  { rows }: WaterfallModel,
  comparison: WaterfallComparison | null,
  usual: WaterfallComparison | null,
): void {
  const drawn = new Set<string>(rows.filter(({ startMs }) => startMs !== null).map(colorOf));
  if (rows.some(({ share }) => share !== null)) drawn.add("critical");
  if (usual !== null) drawn.add("usual");
  if (comparison !== null && comparison.startedAt !== null) drawn.add("earlier");
  for (const entry of page.legend) {
    entry.hidden = !drawn.has(entry.dataset["legend"] ?? "");
  }
}

/** The same precedence as in the style sheet: first how a phase ended, then what it works on. */
function colorOf({ status, kind }: WaterfallModel["rows"][number]): string {
  if (status === "failed" || status === "warned") return status;
  return status === "skipped" || status === "cancelled" ? "unfinished" : kind;
}
