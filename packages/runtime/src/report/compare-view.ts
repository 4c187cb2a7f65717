import { formatDuration } from "../protocol/derive/format.ts";
import type { BootReport } from "../protocol/index.ts";
import { formatChange } from "./change.ts";
import type { Comparison, PhaseChange } from "./compare.ts";
import { coloursOf, type Look } from "./look.ts";
import { renderColumns } from "./table-layout.ts";

/** Two boots side by side. The largest change comes first. */
export function renderComparison(comparison: Comparison, look: Look): string {
  const { before, after, phases, joinedChain, leftChain } = comparison;
  const colours = coloursOf(look);
  const mark = look.unicode ? "◆" : "*";
  const columns = [
    { title: "change", align: "right" },
    { title: "before", align: "right", isSpare: true },
    { title: "after", align: "right", isSpare: true },
    { title: "phase", align: "left" },
    { title: "", align: "left" },
  ] as const;
  const rows = phases.map((phase) => [...cells(phase), phase.phase, phase.critical ? mark : ""]);
  const modes =
    before.mode === after.mode
      ? []
      : [colours.yellow(`  the modes differ: ${before.mode}, ${after.mode}`)];
  const chain =
    joinedChain.length + leftChain.length === 0
      ? ["  the critical chain is the same"]
      : [
          ...joinedChain.map((id) => `  ${colours.yellow("+")} ${id} joined the critical chain`),
          ...leftChain.map((id) => `  ${colours.green("-")} ${id} left the critical chain`),
        ];
  return [
    `  ${colours.bold(headline(before, after))}`,
    ...modes,
    "",
    renderColumns(columns, rows, look),
    ...chain,
    "",
  ].join("\n");
}

function headline(before: BootReport, after: BootReport): string {
  if (before.readyMs === null || after.readyMs === null)
    return `${outcome(before)}, then ${outcome(after)}`;
  const delta = formatChange(after.readyMs, before.readyMs);
  return `ready after ${formatDuration(before.readyMs)}, then ${formatDuration(after.readyMs)}: ${delta}`;
}

function outcome({ outcome: word, readyMs }: BootReport): string {
  return readyMs === null ? word : `${word} after ${formatDuration(readyMs)}`;
}

function cells(change: PhaseChange): [string, string, string] {
  switch (change.id) {
    case "both":
      return [
        formatChange(change.afterMs, change.beforeMs),
        formatDuration(change.beforeMs),
        formatDuration(change.afterMs),
      ];
    case "new":
      return ["new", "", formatDuration(change.afterMs)];
    case "gone":
      return ["gone", formatDuration(change.beforeMs), ""];
    case "other-end":
      return ["", change.before, change.after];
    default:
      return change satisfies never;
  }
}
