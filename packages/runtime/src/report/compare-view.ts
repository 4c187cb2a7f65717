import type { BootReport } from "../protocol/index.ts";
import type { Comparison, PhaseChange } from "./compare.ts";
import { formatChange, formatMs } from "./format.ts";
import { coloursOf, type Look } from "./look.ts";
import { renderColumns } from "./table-layout.ts";

/** Two boots side by side: what changed most stands first. */
export function renderComparison(comparison: Comparison, look: Look): string {
  const { before, after, phases, joinedChain, leftChain } = comparison;
  const colours = coloursOf(look);
  const mark = look.unicode ? "◆" : "*";
  const columns = [
    { title: "change", align: "right" },
    { title: "before", align: "right" },
    { title: "after", align: "right" },
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
          ...joinedChain.map((id) => `  ${colours.yellow("+")} ${id} is on the critical chain now`),
          ...leftChain.map((id) => `  ${colours.green("-")} ${id} is no longer on it`),
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
  const delta = formatChange(after.readyMs - before.readyMs, before.readyMs);
  return `ready after ${formatMs(before.readyMs)}, then ${formatMs(after.readyMs)}: ${delta}`;
}

function outcome({ outcome: word, readyMs }: BootReport): string {
  return readyMs === null ? word : `${word} after ${formatMs(readyMs)}`;
}

function cells(change: PhaseChange): [string, string, string] {
  switch (change.id) {
    case "both":
      return [
        formatChange(change.deltaMs, change.beforeMs),
        formatMs(change.beforeMs),
        formatMs(change.afterMs),
      ];
    case "new":
      return ["new", "", formatMs(change.afterMs)];
    case "gone":
      return ["gone", formatMs(change.beforeMs), ""];
    case "other-end":
      return ["", change.before, change.after];
    default:
      return change satisfies never;
  }
}
