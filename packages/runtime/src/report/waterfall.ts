import { firstAnswerText } from "../protocol/derive/first-answer.ts";
import { formatDuration } from "../protocol/derive/format.ts";
import { inStartOrder } from "../protocol/derive/times.ts";
import { phaseTones } from "../protocol/derive/tone.ts";
import type { BootReport, ReportPhase } from "../protocol/index.ts";
import { type Colours, coloursOf, type Look, paintOf, printable } from "./look.ts";
import { outcomeOf } from "./outcome.ts";
import { symbolsOf } from "./symbols.ts";
import { fitMiddle, widthOf } from "./width.ts";

/** Eighths of a character cell, from the left. */
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

const NAME_WIDTH_MAX = 30;
const NAME_WIDTH_MIN = 8;
/** The share of a narrow terminal's width that names may take. */
const NAME_SHARE = 0.4;
const BAR_WIDTH_MAX = 72;
const BAR_WIDTH_MIN = 10;

/**
 * The boot as a waterfall: one row per phase in the order of their start, with bars on one time axis. `◆` marks the
 * critical chain. Phases that never ran come last.
 */
export function renderWaterfall(report: BootReport, look: Look): string {
  const colours = coloursOf(look);
  const rows = inStartOrder(report.phases);
  const totalMs = Math.max(
    1,
    ...rows.map(({ endMs, startMs }) => (startMs === null ? 0 : (endMs ?? 0))),
  );
  const nameWidth = Math.min(
    NAME_WIDTH_MAX,
    Math.max(NAME_WIDTH_MIN, Math.floor(look.columns * NAME_SHARE)),
    Math.max(...rows.map(({ id }) => widthOf(id)), NAME_WIDTH_MIN),
  );
  const timeWidth = 9;
  const barWidth = Math.max(
    BAR_WIDTH_MIN,
    Math.min(BAR_WIDTH_MAX, look.columns - nameWidth - timeWidth - 8),
  );
  const lines = [
    header(report, look, colours),
    ...afterReady(report, look).map(colours.dim),
    "",
    ...rows.map((phase) => row(phase, { totalMs, nameWidth, barWidth, timeWidth, colours, look })),
    axis(totalMs, nameWidth, barWidth, colours),
    "",
    legend(look, colours),
    ...report.warnings.map(({ phase, message }) =>
      colours.yellow(`  ! ${phase}: ${printable(message)}`),
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function header(report: BootReport, look: Look, colours: Colours): string {
  const dot = look.unicode ? "·" : "-";
  const what = `sandboot ${report.runtimeVersion} ${dot} ${report.mode}`;
  const outcome =
    report.readyMs === null
      ? outcomeOf(report)
      : `${outcomeOf(report)} in ${formatDuration(report.readyMs)}`;
  const paint = report.outcome === "failed" ? colours.red : colours.green;
  return `${colours.dim(`${what} ${dot}`)} ${colours.bold(paint(outcome))}`;
}

/** What came after ready, in a report that was written when it had come. */
function afterReady({ readyMs, warmMs, agent }: BootReport, { unicode }: Look): string[] {
  const firstAnswer = agent?.firstAnswer ?? null;
  const moments = [
    ...(readyMs === null || warmMs === null
      ? []
      : [`warm ${formatDuration(warmMs - readyMs)} later`]),
    ...(firstAnswer === null ? [] : [firstAnswerText(firstAnswer)]),
  ];
  return moments.length === 0 ? [] : [`  ${moments.join(unicode ? " · " : " - ")}`];
}

interface RowOptions {
  readonly totalMs: number;
  readonly nameWidth: number;
  readonly barWidth: number;
  readonly timeWidth: number;
  readonly colours: Colours;
  readonly look: Look;
}

function row(phase: ReportPhase, options: RowOptions): string {
  const { nameWidth, timeWidth, colours, look } = options;
  const symbol = symbolsOf(look)[phase.status];
  const mark = phase.critical ? (look.unicode ? "◆" : "*") : " ";
  const short = fitMiddle(phase.id, nameWidth, look.unicode ? "…" : "~");
  const name = short + " ".repeat(nameWidth - widthOf(short));
  const time = duration(phase).padStart(timeWidth);
  const paint = colourOf(phase, colours);
  const label = phase.critical ? colours.bold(name) : name;
  return `  ${paint(symbol)} ${label} ${colours.yellow(mark)} ${paint(bar(phase, options))} ${time}`;
}

function duration({ startMs, endMs, status }: ReportPhase): string {
  if (startMs === null) return status === "pending" ? "" : status;
  if (status === "skipped") return status;
  return endMs === null ? "running" : formatDuration(endMs - startMs);
}

/** Phases that ended well are cyan on the critical chain and green elsewhere. */
function colourOf({ status, critical }: ReportPhase, colours: Colours): (text: string) => string {
  return status === "done" && critical ? colours.cyan : paintOf(phaseTones[status], colours);
}

/** A bar, padded with spaces to the width of the axis. */
function bar(
  { startMs, endMs, status }: ReportPhase,
  { totalMs, barWidth, look }: RowOptions,
): string {
  if (startMs === null || status === "skipped") return " ".repeat(barWidth);
  const scale = barWidth / totalMs;
  const from = Math.min(startMs * scale, barWidth);
  const first = Math.min(Math.floor(from), barWidth - 1);
  if (endMs === null) {
    const goesOn = look.unicode ? "░" : "~";
    return `${" ".repeat(first)}${goesOn.repeat(barWidth - first)}`;
  }
  const to = Math.min(endMs * scale, barWidth);
  if (!look.unicode) {
    const width = Math.max(1, Math.round(to) - first);
    return `${" ".repeat(first)}${"#".repeat(width)}`.padEnd(barWidth);
  }
  // Only the right end has a resolution of an eighth: no character fills a cell from the right.
  const eighths = Math.max(1, Math.round((to - first) * 8));
  const whole = "█".repeat(Math.floor(eighths / 8));
  return `${" ".repeat(first)}${whole}${EIGHTHS[eighths % 8]}`.padEnd(barWidth);
}

function axis(totalMs: number, nameWidth: number, barWidth: number, colours: Colours): string {
  const end = formatDuration(totalMs);
  return colours.dim(`${" ".repeat(nameWidth + 7)}0${end.padStart(barWidth - 1)}`);
}

function legend(look: Look, colours: Colours): string {
  return colours.dim(`  ${look.unicode ? "◆" : "*"} critical chain: what the boot waited for`);
}
