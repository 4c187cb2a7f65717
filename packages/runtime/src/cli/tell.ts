import type { Failure } from "../protocol/index.ts";
import { printable } from "../report/look.ts";

/** Writes a failure to stderr: what happened, the last lines of output, what to do. */
export function tell({ message, outputTail = [], hint }: Failure, heading?: string): void {
  const lines = [
    ...(heading === undefined
      ? [`sandboot: ${message}`]
      : [`sandboot: ${heading}`, ...indented(message.split("\n"), "  ")]),
    ...indented(outputTail, "  │ "),
    ...indented(hint === undefined ? [] : [hint], "  "),
  ];
  process.stderr.write(`${lines.join("\n")}\n`);
}

function indented(lines: readonly string[], margin: string): string[] {
  return lines.map((line) => margin + printable(line));
}
