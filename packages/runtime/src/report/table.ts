import type { BootReport } from "../protocol/index.ts";
import { formatMs } from "./format.ts";
import type { Look } from "./look.ts";
import { durationOf } from "./statistics.ts";
import { renderColumns } from "./table-layout.ts";

/** A row a phase in the order of starting, in plain columns that a person reads and `awk` does, too. */
export function renderTable(report: BootReport, look: Look): string {
  const columns = [
    { title: "phase", align: "left" },
    { title: "status", align: "left" },
    { title: "start", align: "right" },
    { title: "took", align: "right" },
    { title: "", align: "left" },
  ] as const;
  const rows = report.phases
    .toSorted((a, b) => (a.startMs ?? Number.MAX_VALUE) - (b.startMs ?? Number.MAX_VALUE))
    .map((phase) => {
      const durationMs = durationOf(phase);
      return [
        phase.id,
        phase.status,
        phase.startMs === null ? "" : formatMs(phase.startMs),
        durationMs === null ? "" : formatMs(durationMs),
        phase.critical ? "critical" : "",
      ];
    });
  return renderColumns(columns, rows, look);
}
