import { agentsIn, agentText } from "../protocol/derive/agent-state.ts";
import { firstAnswerText } from "../protocol/derive/first-answer.ts";
import { formatDuration } from "../protocol/derive/format.ts";
import { inStartOrder } from "../protocol/derive/times.ts";
import { phaseTones } from "../protocol/derive/tone.ts";
import type { BootReport, ReportPhase } from "../protocol/index.ts";
import { type Axis, type BarLayout, barLayout, drawBar } from "./bars.ts";
import { type Colours, coloursOf, type Look, paintOf, printable } from "./look.ts";
import { outcomeOf } from "./outcome.ts";
import { symbolsOf } from "./symbols.ts";
import { fitMiddle, widthOf } from "./width.ts";

/** What a terminal of 40 columns has for bars. */
const BAR_CELLS_MIN = 7;

/**
 * The boot as a waterfall: one row per phase in the order of their start, with bars on one time axis. `◆` marks the
 * critical chain. Phases that never ran come last. Of a boot that ended before its first phase there is nothing to draw.
 */
export function renderWaterfall(report: BootReport, look: Look): string {
  const colours = coloursOf(look);
  const rows = inStartOrder(report.phases);
  const totalMs = Math.max(
    1,
    ...rows.map(({ endMs, startMs }) => (startMs === null ? 0 : (endMs ?? 0))),
  );
  const layout = barLayout(
    rows.map(({ id }) => id),
    look,
  );
  const axis = { totalMs, cells: Math.max(BAR_CELLS_MIN, layout.bar) };
  const drawn = [
    "",
    ...rows.map((phase) => row(phase, { axis, layout, colours, look })),
    scale(axis, layout, colours),
    "",
    legend(look, colours),
  ];
  const lines = [
    header(report, look, colours),
    ...afterReady(report, look).map(colours.dim),
    ...agentsIn(report).map((agent) => colours.dim(`  ${printable(agentText(agent, report))}`)),
    ...(rows.some(({ startMs }) => startMs !== null) ? drawn : []),
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
  readonly axis: Axis;
  readonly layout: BarLayout;
  readonly colours: Colours;
  readonly look: Look;
}

function row(phase: ReportPhase, { axis, layout, colours, look }: RowOptions): string {
  const symbol = symbolsOf(look)[phase.status];
  const mark = phase.critical ? (look.unicode ? "◆" : "*") : " ";
  const short = fitMiddle(phase.id, layout.name, look.unicode ? "…" : "~");
  const name = short + " ".repeat(layout.name - widthOf(short));
  const time = duration(phase).padStart(layout.time);
  const paint = colourOf(phase, colours);
  const label = phase.critical ? colours.bold(name) : name;
  const bar = paint(barOf(phase, axis, look));
  return `  ${paint(symbol)} ${label} ${colours.yellow(mark)} ${bar} ${time}`;
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

/** A phase that did nothing has no bar; one that is late has one without an end. */
function barOf({ startMs, endMs, status }: ReportPhase, axis: Axis, look: Look): string {
  if (startMs === null || status === "skipped") return " ".repeat(axis.cells);
  return drawBar({ startMs, endMs }, axis, look);
}

function scale({ totalMs, cells }: Axis, layout: BarLayout, colours: Colours): string {
  const end = formatDuration(totalMs);
  const start = end.length < cells - 1 ? "0" : " ";
  return colours.dim(`${" ".repeat(layout.name + 7)}${start}${end.padStart(cells - 1)}`);
}

function legend(look: Look, colours: Colours): string {
  return colours.dim(`  ${look.unicode ? "◆" : "*"} critical chain: what the boot waited for`);
}
