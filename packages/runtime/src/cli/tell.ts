import { printable, printableLines } from "../protocol/derive/printable.ts";
import type { Failure } from "../protocol/index.ts";
import { show } from "./terminal/shown.ts";

/** Writes a failure to stderr: what happened, the last lines of output, what to do. */
export function tell({ message, outputTail = [], hint }: Failure, heading?: string): void {
  const lines = [
    ...(heading === undefined
      ? [`sandboot: ${printableLines(message)}`]
      : [`sandboot: ${heading}`, ...indented(message.split("\n"), "  ")]),
    ...indented(outputTail, "  │ "),
    ...indented(hint === undefined ? [] : [hint], "  "),
  ];
  show(process.stderr, `${lines.join("\n")}\n`);
}

function indented(lines: readonly string[], margin: string): string[] {
  return lines.map((line) => margin + printable(line));
}
