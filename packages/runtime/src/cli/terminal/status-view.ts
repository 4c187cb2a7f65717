import type { PhaseState, ProcessState, RuntimeState } from "../../protocol/index.ts";
import { formatMs } from "../../report/format.ts";
import { type Colours, coloursOf, type Look, printable } from "../../report/look.ts";
import { describeProcess } from "./process-line.ts";

/**
 * A runtime at a glance: what it is at, its processes, where to open them, and what is wrong.
 *
 * @param nowMs - Wall clock, since 1970.
 */
export function renderStatus(state: RuntimeState, nowMs: number, look: Look): string {
  const colours = coloursOf(look);
  const blocks = [
    [heading(state, nowMs, colours)],
    state.phases.filter(isNews).map((phase) => phaseLine(phase, state, nowMs, colours)),
    table(state.processes.map((process) => processRow(process, colours))),
    table(Object.entries(state.urls).map(([name, url]) => [name, colours.cyan(printable(url))])),
    problems(state, colours),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function heading(state: RuntimeState, nowMs: number, colours: Colours): string {
  const { status, mode, pid, runtimeVersion, sandboxId, readyMs } = state;
  const name = sandboxId === null ? "sandbox" : printable(sandboxId);
  const took = readyMs === null ? "" : ` in ${formatMs(readyMs)}`;
  const up = formatMs(Math.max(0, nowMs - Date.parse(state.startedAt)));
  const paint = { failed: colours.red, ready: colours.green, seeded: colours.green };
  const colour = paint[status as keyof typeof paint] ?? colours.yellow;
  return `${colours.bold(name)} ${colour(status + took)}, ${mode}, up ${up}, pid ${pid}, sandboot ${runtimeVersion}`;
}

/** What has ended well or has not begun is nothing to look at. */
function isNews({ status }: PhaseState): boolean {
  return status === "running" || status === "warned" || status === "failed";
}

function phaseLine(
  { id, status, startMs, endMs }: PhaseState,
  state: RuntimeState,
  nowMs: number,
  colours: Colours,
): string {
  const now = nowMs - Date.parse(state.startedAt);
  const since = startMs === null ? "" : ` ${formatMs(Math.max(0, (endMs ?? now) - startMs))}`;
  const colour = status === "running" ? colours.cyan : colours.yellow;
  return `  ${colour(status)} ${printable(id)}${colours.dim(since)}`;
}

function processRow(process: ProcessState, colours: Colours): string[] {
  const { id, status, restarts, port } = process;
  const bad = ["crashed", "backoff", "failed", "not-installed"].includes(status.id);
  const colour = status.id === "running" ? colours.green : bad ? colours.red : colours.yellow;
  return [
    printable(id),
    colour(describeProcess(process)),
    port === null ? "" : `port ${port}`,
    restarts === 0 ? "" : `restarted ${restarts === 1 ? "once" : `${restarts} times`}`,
  ];
}

function problems(state: RuntimeState, colours: Colours): string[] {
  const { fatal, phases, warnings, bridge } = state;
  const all = [
    ...(bridge === null || bridge.gate === "open"
      ? []
      : [
          { source: "bridge", message: `${bridge.gate} requests: ${bridge.reason ?? "not ready"}` },
        ]),
    ...phases.flatMap((phase) => phase.warnings.map((message) => ({ source: phase.id, message }))),
    ...warnings,
  ];
  const lines = all.map(({ source, message }) =>
    colours.yellow(`  ! ${source}: ${printable(message)}`),
  );
  if (fatal === null) return lines;
  const { phase, failure } = fatal;
  return [...lines, colours.red(`  ${phase} failed: ${printable(failure.message)}`)];
}

/** Columns under each other; colours take no room. */
function table(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => width(row[at]))));
  return rows.map((row) =>
    row
      .map((cell, at) => cell + " ".repeat((widths[at] ?? 0) - width(cell)))
      .join("  ")
      .trimEnd()
      .replace(/^/, "  "),
  );
}

function width(cell = ""): number {
  return printable(cell).length;
}
