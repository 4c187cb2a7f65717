import { formatDuration } from "../protocol/derive/format.ts";
import type { Statistics } from "../protocol/derive/statistics.ts";
import { durationOf } from "../protocol/derive/times.ts";
import type { BootReport } from "../protocol/index.ts";
import { formatChange } from "./change.ts";
import { coloursOf, type Look } from "./look.ts";
import { type Column, renderColumns } from "./table-layout.ts";

/** The phases by duration, the longest first, with their p50 in earlier boots. */
export function renderBlame(report: BootReport, usual: Statistics, look: Look): string {
  const colours = coloursOf(look);
  const rows = report.phases
    .flatMap((phase) => {
      const durationMs = durationOf(phase);
      return durationMs === null ? [] : [{ phase, durationMs }];
    })
    .sort((a, b) => b.durationMs - a.durationMs)
    .map(({ phase, durationMs }) => {
      const known = usual.phases.get(phase.id);
      const comparison =
        known === undefined
          ? ["", ""]
          : [formatDuration(known.p50Ms), formatChange(durationMs, known.p50Ms)];
      const marks = [
        ...(phase.critical ? ["critical"] : []),
        ...(phase.status === "done" ? [] : [phase.status]),
      ];
      return [
        formatDuration(durationMs),
        phase.id,
        ...(usual.boots === 0 ? [] : comparison),
        marks.join(", "),
      ];
    });
  const columns: Column[] = [
    { title: "took", align: "right" },
    { title: "phase", align: "left" },
    ...(usual.boots === 0
      ? []
      : ([
          { title: "p50", align: "right", isSpare: true },
          { title: "change", align: "right" },
        ] as const)),
    { title: "", align: "left" },
  ];
  const about =
    usual.boots === 0
      ? "no earlier boot in this mode is recorded"
      : `p50 of ${usual.boots} earlier boot${usual.boots === 1 ? "" : "s"} in mode ${report.mode}`;
  return `${renderColumns(columns, rows, look)}\n${colours.dim(`  ${about}`)}\n`;
}
