import { focusOf } from "../protocol/derive/focus.ts";
import { formatDuration } from "../protocol/derive/format.ts";
import type { BootReport } from "../protocol/index.ts";
import { coloursOf, type Look } from "./look.ts";
import { outcomeOf } from "./outcome.ts";
import { renderColumns } from "./table-layout.ts";
import { usualOf } from "./usual.ts";

/** The recorded boots, numbered from the newest, and for each mode how long its phases usually take. */
export function renderHistory(reports: readonly BootReport[], look: Look): string {
  const colours = coloursOf(look);
  const boots = renderColumns(
    [
      { title: "", align: "right" },
      { title: "started", align: "left" },
      { title: "mode", align: "left", isSpare: true },
      { title: "outcome", align: "left" },
      { title: "ready", align: "right" },
    ],
    reports.toReversed().map((report, at) => {
      const { startedAt, mode, fatal } = report;
      const { readyMs } = focusOf(report);
      const outcome = outcomeOf(report);
      return [
        String(at + 1),
        startedAt,
        mode,
        fatal === null ? outcome : `${outcome}: ${fatal.phase}`,
        readyMs === null ? "" : formatDuration(readyMs),
      ];
    }),
    look,
  );
  const modes = [...new Set(reports.map(({ mode }) => mode))];
  const figures = modes.flatMap((mode) => {
    const { boots: count, ready, phases } = usualOf(reports, mode);
    if (count === 0) return [];
    const rows = [
      ...(ready === null ? [] : [["ready (from the start)", ready] as const]),
      ...[...phases].sort(([, a], [, b]) => b.p50Ms - a.p50Ms),
    ].map(([id, { p50Ms, p95Ms, count: times }]) => [
      formatDuration(p50Ms),
      formatDuration(p95Ms),
      String(times),
      id,
    ]);
    const columns = [
      { title: "p50", align: "right" },
      { title: "p95", align: "right" },
      { title: "boots", align: "right" },
      { title: "phase", align: "left" },
    ] as const;
    return ["", `  ${colours.bold(mode)}`, renderColumns(columns, rows, look).trimEnd()];
  });
  return `${[boots.trimEnd(), ...figures].join("\n")}\n`;
}
