import { type Statistics, statisticsOf, summarize } from "../protocol/derive/statistics.ts";
import type { BootReport } from "../protocol/index.ts";

/** How long boots in one mode usually take. Only boots that ended well count. */
export function usualOf(reports: readonly BootReport[], mode: BootReport["mode"]): Statistics {
  const good = reports.filter(
    (report) =>
      report.mode === mode && report.outcome !== "failed" && report.outcome !== "cancelled",
  );
  return statisticsOf(good.map(summarize));
}
