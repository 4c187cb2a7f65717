import { formatDuration } from "../../protocol/derive/format.ts";
import { elapsedOf } from "../../protocol/derive/times.ts";
import { phaseTones } from "../../protocol/derive/tone.ts";
import { waitingText } from "../../protocol/derive/words.ts";
import type { PhaseState, RuntimeState } from "../../protocol/index.ts";
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

const TIME_CELLS = 9;
/** Two cells of margin, the symbol and a space before a name, two spaces after it. */
const BESIDE_NAME = 6;
const NARROWEST_NAME = 8;

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

function phaseLine(phase: PhaseState, { state, nowMs, frame, look }: Picture, colours: Colours) {
  const longest = Math.max(...state.phases.map(({ id }) => widthOf(id)));
  const room = Math.max(NARROWEST_NAME, look.columns - BESIDE_NAME - TIME_CELLS);
  const cells = Math.min(longest, room);
  const name = fitMiddle(phase.id, cells, mark(look));
  const padding = " ".repeat(Math.max(0, cells - widthOf(name)));
  const spinner = look.unicode ? SPINNERS.unicode : SPINNERS.ascii;
  const symbol = symbolOf(phase, spinner[frame % spinner.length] ?? "", look, colours);
  return `  ${symbol} ${name}${padding}  ${timeOf(phase, nowMs)}`.trimEnd();
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

function symbolOf({ status }: PhaseState, spinner: string, look: Look, colours: Colours): string {
  const symbol = status === "running" ? spinner : symbolsOf(look)[status];
  return paintOf(phaseTones[status], colours)(symbol);
}

function timeOf(phase: PhaseState, nowMs: number): string {
  const elapsedMs = elapsedOf(phase, nowMs);
  return elapsedMs === null ? "" : formatDuration(elapsedMs);
}

function mark({ unicode }: Look): string {
  return unicode ? "…" : "~";
}
