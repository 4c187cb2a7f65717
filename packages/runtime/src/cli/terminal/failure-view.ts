import type { BootReport } from "../../protocol/index.ts";
import { coloursOf, type Look, printable } from "../../report/look.ts";
import { wrap } from "../../report/width.ts";

export interface FailureLook extends Look {
  /** Whether long lines are wrapped. Not in a pipe, where a program may search for a line. */
  readonly wraps: boolean;
}

const NARROWEST = 20;

/** A fatal failure as one message: phase, cause, last lines of output, what to do, what was ready before. */
export function renderFailure(report: BootReport, look: FailureLook): string {
  const { fatal } = report;
  if (fatal === null) return "";
  const colours = coloursOf(look);
  const { failure, phase, readyByThen } = fatal;
  const gutter = `  ${colours.dim(look.unicode ? "│" : "|")} `;
  const title = colours.red(colours.bold(`sandboot: ${phase} failed:`));
  const ready = readyByThen.length === 0 ? "nothing" : readyByThen.join(", ");
  return [
    ...(look.wraps
      ? [title, ...indented(failure.message, look)]
      : [`${title} ${printable(failure.message)}`]),
    ...(failure.outputTail ?? []).flatMap((line) =>
      pieces(line, look).map((piece) => gutter + piece),
    ),
    ...(failure.hint === undefined
      ? []
      : indented(`what to do: ${failure.hint}`, look).map((line) =>
          line.replace("what to do:", colours.bold("what to do:")),
        )),
    ...indented(`ready before: ${ready}`, look),
    "",
  ].join("\n");
}

/** Where the report of a failed boot is. The command works in any folder, whatever the configuration. */
export function renderWhereRecorded(path: string): string {
  const quoted = /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
  return `  Full report: sandboot report ${printable(quoted)}\n`;
}

function indented(text: string, look: FailureLook): string[] {
  return pieces(text, look).map((piece) => `  ${piece}`);
}

function pieces(text: string, { wraps, columns }: FailureLook): string[] {
  const GUTTER_CELLS = 4;
  const line = printable(text);
  return wraps ? wrap(line, Math.max(NARROWEST, columns - GUTTER_CELLS)) : [line];
}
