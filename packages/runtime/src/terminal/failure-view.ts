import type { BootReport } from "../protocol/index.ts";
import { coloursOf, type Look, printable } from "../report/look.ts";

/** A fatal failure as one message: the phase, what happened, its last lines, what to do, what was ready by then. */
export function renderFailure(report: BootReport, look: Look): string {
  const { fatal } = report;
  if (fatal === null) return "";
  const colours = coloursOf(look);
  const { failure, phase, readyByThen } = fatal;
  const lines = [
    `${colours.red(colours.bold(`sandboot: ${phase} failed:`))} ${printable(failure.message)}`,
    ...(failure.outputTail ?? []).map(
      (line) => `  ${colours.dim(look.unicode ? "│" : "|")} ${printable(line)}`,
    ),
    ...(failure.hint === undefined
      ? []
      : [`  ${colours.bold("what to do:")} ${printable(failure.hint)}`]),
    `  ready by then: ${readyByThen.length === 0 ? "nothing" : readyByThen.join(", ")}`,
  ];
  return `${lines.join("\n")}\n`;
}
