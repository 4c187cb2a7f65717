import { formatDuration } from "../../protocol/derive/format.ts";
import { elapsedOf, isUnderWay } from "../../protocol/derive/times.ts";
import { phaseTones } from "../../protocol/derive/tone.ts";
import { waitingText } from "../../protocol/derive/words.ts";
import type { PhaseState, RuntimeState } from "../../protocol/index.ts";
import { type Axis, barLayout, drawBar } from "../../report/bars.ts";
import { type Colours, coloursOf, type Look, paintOf, printable } from "../../report/look.ts";
import { symbolsOf } from "../../report/symbols.ts";
import { fitMiddle, fitWidth, widthOf } from "../../report/width.ts";

export interface Picture {
  readonly state: RuntimeState;
  readonly nowMs: number;
  /** Counts pictures, to turn the spinner. */
  readonly frame: number;
  readonly look: Look;
  /** Lines of the terminal. What does not fit is summed up. */
  readonly rows: number;
}

const SPINNERS = {
  unicode: ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
  ascii: ["-", "\\", "|", "/"],
};

const NARROWEST_NAME = 8;
/** Two cells of margin, the symbol, and a space before and after the name. */
const BESIDE_NAME = 5;
/** In a terminal with less room, there are no bars. */
const BAR_CELLS_MIN = 10;

/**
 * Draws a running boot as lines that fit the terminal in both directions. When there are more phases than lines, it draws
 * those that run and those that went wrong.
 */
export function drawBoot(picture: Picture): string[] {
  const { state, nowMs, look, rows } = picture;
  const colours = coloursOf(look);
  const title = `sandboot boots (${state.mode}) ${look.unicode ? "·" : "-"} ${formatDuration(nowMs)}`;
  const header = colours.bold(fitWidth(title, look.columns, mark(look)));
  // The cursor is on a line of its own below.
  const room = Math.max(2, rows - 2);
  const all = state.phases.map((phase) => phaseLine(phase, picture, colours));
  const withOutput = state.phases.flatMap((phase, at) => [
    all[at] ?? "",
    ...outputLine(phase, picture, colours),
  ]);
  if (withOutput.length <= room) return [header, ...withOutput];
  if (all.length <= room) return [header, ...all];
  return [header, ...summary(picture, colours, room)];
}

/** Phases that run and phases that went wrong, the newest last, and the number of the others. */
function summary(picture: Picture, colours: Colours, room: number): string[] {
  const { phases } = picture.state;
  const isShown = ({ status }: PhaseState) =>
    status === "running" || status === "failed" || status === "warned";
  const shown = phases.filter(isShown).slice(-(room - 1));
  const hidden = phases.length - shown.length;
  const done = phases.filter(({ status }) => status === "done").length;
  const waiting = phases.filter(({ status }) => status === "pending").length;
  const words = [`${done} done`, `${waiting} waiting`];
  const others = hidden - done - waiting;
  if (others > 0) words.push(`${others} more`);
  const line = fitWidth(`  ${words.join(", ")}`, picture.look.columns, mark(picture.look));
  return [...shown.map((phase) => phaseLine(phase, picture, colours)), colours.dim(line)];
}

function phaseLine(phase: PhaseState, picture: Picture, colours: Colours): string {
  const { state, nowMs, frame, look } = picture;
  const layout = barLayout(
    state.phases.map(({ id }) => id),
    look,
  );
  const spinner = look.unicode ? SPINNERS.unicode : SPINNERS.ascii;
  const paint = paintOf(phaseTones[phase.status], colours);
  const symbol =
    phase.status === "running" ? spinner[frame % spinner.length] : symbolsOf(look)[phase.status];
  const lead = `  ${paint(symbol ?? "")} `;
  const time = timeOf(phase, nowMs);
  if (layout.bar < BAR_CELLS_MIN) {
    const cells = Math.max(NARROWEST_NAME, look.columns - BESIDE_NAME - layout.time);
    const name = padded(fitMiddle(phase.id, cells, mark(look)), cells);
    return `${lead}${name} ${time.padStart(look.columns - BESIDE_NAME - cells)}`.trimEnd();
  }
  const name = padded(fitMiddle(phase.id, layout.name, mark(look)), layout.name);
  const axis = { totalMs: endOfAxisMs(nowMs), cells: layout.bar };
  const bar = padded(barOf(phase, picture, axis), layout.bar);
  return `${lead}${name}   ${paint(bar)} ${time.padStart(layout.time)}`.trimEnd();
}

/** A bar up to now, or what a phase waits for that has not begun. */
function barOf(phase: PhaseState, { state, nowMs, look }: Picture, axis: Axis): string {
  const { status, startMs, endMs, needs } = phase;
  if (status === "pending") {
    const isOpen = (id: string) =>
      state.phases.some((need) => need.id === id && isUnderWay(need.status));
    const open = needs.filter(isOpen);
    return open.length === 0 ? "" : fitWidth(`after ${open.join(", ")}`, axis.cells, mark(look));
  }
  if (startMs === null || status === "skipped") return "";
  return drawBar({ startMs, endMs: endMs ?? nowMs }, axis, look);
}

/** Bars grow towards the end of the axis, which moves on only when they have come there. */
function endOfAxisMs(nowMs: number): number {
  const decadeMs = 10 ** Math.floor(Math.log10(Math.max(1_000, nowMs)));
  return [1, 2, 5, 10].map((step) => step * decadeMs).find((endMs) => endMs >= nowMs) ?? nowMs;
}

function padded(text: string, cells: number): string {
  return text + " ".repeat(Math.max(0, cells - widthOf(text)));
}

/** A running phase without output says what it waits for, after so long. */
const SILENCE_MS = 1_000;

/** The last output of a running phase, or what it waits for. */
function outputLine(phase: PhaseState, picture: Picture, colours: Colours): string[] {
  const { state, nowMs, look } = picture;
  if (phase.status !== "running") return [];
  const isSilent = (elapsedOf(phase, nowMs) ?? 0) >= SILENCE_MS;
  const said = state.output[phase.id]?.at(-1) ?? (isSilent ? waitingText(phase) : null);
  if (said === null) return [];
  const indent = " ".repeat(6);
  return [
    colours.dim(indent + fitWidth(printable(said), look.columns - indent.length, mark(look))),
  ];
}

function timeOf(phase: PhaseState, nowMs: number): string {
  const elapsedMs = phase.status === "skipped" ? null : elapsedOf(phase, nowMs);
  return elapsedMs === null ? "" : formatDuration(elapsedMs);
}

function mark({ unicode }: Look): string {
  return unicode ? "…" : "~";
}
