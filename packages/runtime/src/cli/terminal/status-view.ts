import { agentOfProcess, agentText, agentTitle } from "../../protocol/derive/agent-state.ts";
import { formatDuration } from "../../protocol/derive/format.ts";
import { presentOf } from "../../protocol/derive/present.ts";
import { describeCause, presentWords } from "../../protocol/derive/present-words.ts";
import { elapsedOf, runtimeNowMs } from "../../protocol/derive/times.ts";
import { phaseTones, presentTones, processTones } from "../../protocol/derive/tone.ts";
import { warningsOf } from "../../protocol/derive/warnings.ts";
import { gateWords, waitingText } from "../../protocol/derive/words.ts";
import type {
  PhaseState,
  PresentCause,
  ProcessState,
  ProcessStatus,
  RuntimeState,
} from "../../protocol/index.ts";
import {
  type Colours,
  coloursOf,
  type Look,
  linkTo,
  paintOf,
  printable,
} from "../../report/look.ts";
import { processLine } from "./process-line.ts";

/**
 * The state of a runtime at a glance: status, processes, URLs, and what is wrong.
 *
 * @param wallMs - `Date.now()`.
 */
export function renderStatus(state: RuntimeState, wallMs: number, look: Look): string {
  const colours = coloursOf(look);
  const nowMs = runtimeNowMs(state, wallMs);
  const blocks = [
    [heading(state, nowMs, colours)],
    state.phases.filter(isNews).map((phase) => phaseLine(phase, nowMs, colours)),
    table(state.processes.map((process) => processRow(process, state, colours))),
    table(Object.entries(state.urls).map(([name, url]) => [name, colours.cyan(linkTo(url, look))])),
    problems(state, colours),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function heading(state: RuntimeState, nowMs: number, colours: Colours): string {
  const { mode, pid, runtimeVersion, sandboxId, readyMs } = state;
  const { id, because } = presentOf(state);
  const name = sandboxId === null ? "sandbox" : printable(sandboxId);
  const words = state.fatal === null ? presentWords[id] : `failed, ${presentWords[id]}`;
  const tone = state.fatal === null ? presentTones[id] : "bad";
  const why = because.length === 0 ? "" : ` (${because.map(causeText).join(", ")})`;
  const ready = id === "ready" ? " in" : ", ready after";
  const took =
    readyMs === null || state.fatal !== null ? "" : `${ready} ${formatDuration(readyMs)}`;
  const up = formatDuration(nowMs);
  return `${colours.bold(name)} ${paintOf(tone, colours)(words)}${why}${took}, ${mode}, up ${up}, pid ${pid}, sandboot ${runtimeVersion}`;
}

function causeText(cause: PresentCause): string {
  const { name, word } = describeCause(cause);
  return printable(`${name} ${word}`);
}

/** Phases that have ended well, or have not started, are not shown. */
function isNews({ status }: PhaseState): boolean {
  return status === "running" || status === "warned" || status === "failed";
}

function phaseLine(phase: PhaseState, nowMs: number, colours: Colours): string {
  const { id, status } = phase;
  const elapsedMs = elapsedOf(phase, nowMs);
  const since = elapsedMs === null ? "" : ` ${formatDuration(elapsedMs)}`;
  const waiting = status === "running" ? waitingText(phase) : null;
  const why = waiting === null ? "" : colours.dim(`, ${printable(waiting)}`);
  return `  ${paintOf(phaseTones[status], colours)(status)} ${printable(id)}${colours.dim(since)}${why}`;
}

function processRow(process: ProcessState, state: RuntimeState, colours: Colours): string[] {
  const { id, status, restarts, port } = process;
  const agent = agentOfProcess(state, process);
  return [
    printable(id),
    paintOf(processTones[status.id], colours)(processLine(process)),
    port === null ? "" : `port ${port}`,
    restarts === 0 ? "" : `restarted ${restarts === 1 ? "once" : `${restarts} times`}`,
    agent === null ? "" : printable(isUp(status) ? agentText(agent, state) : agentTitle(agent)),
  ];
}

/** How far the agent is says nothing when its process is down. */
function isUp({ id }: ProcessStatus): boolean {
  return id === "starting" || id === "running";
}

function problems(state: RuntimeState, colours: Colours): string[] {
  const { fatal, bridge } = state;
  const all = [
    ...(bridge === null || bridge.gate === "open"
      ? []
      : [
          {
            source: "bridge",
            message: `${gateWords[bridge.gate]}: ${bridge.reason ?? "not ready"}`,
          },
        ]),
    ...warningsOf(state),
  ];
  const lines = all.map(({ source, message }) =>
    colours.yellow(`  ! ${source}: ${printable(message)}`),
  );
  if (fatal === null) return lines;
  const { phase, failure } = fatal;
  return [...lines, colours.red(`  ${phase} failed: ${printable(failure.message)}`)];
}

/** Aligns the cells of each column. Colours have no width. */
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
