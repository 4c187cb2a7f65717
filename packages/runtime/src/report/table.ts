import { formatDuration } from "../protocol/derive/format.ts";
import { durationOf, inStartOrder } from "../protocol/derive/times.ts";
import type { BootReport } from "../protocol/index.ts";
import type { Look } from "./look.ts";
import { renderColumns } from "./table-layout.ts";

/** One row per phase in the order of their start, in plain columns for people and for `awk`. */
export function renderTable(report: BootReport, look: Look): string {
  const columns = [
    { title: "phase", align: "left" },
    { title: "status", align: "left" },
    { title: "start", align: "right" },
    { title: "took", align: "right" },
    { title: "", align: "left" },
  ] as const;
  const rows = inStartOrder(report.phases).map((phase) => {
    const durationMs = durationOf(phase);
    return [
      phase.id,
      phase.status,
      phase.startMs === null ? "" : formatDuration(phase.startMs),
      durationMs === null ? "" : formatDuration(durationMs),
      phase.critical ? "critical" : "",
    ];
  });
  return renderColumns(columns, rows, look);
}
