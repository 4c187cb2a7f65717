import type { Clock } from "../clock.ts";
import type { EventBus } from "../events/bus.ts";
import type { PhaseState, RuntimeState } from "../protocol/index.ts";
import { formatMs } from "../report/format.ts";
import { type Colours, coloursOf, type Look, printable } from "../report/look.ts";

export interface LiveViewOptions extends Look {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly stream: NodeJS.WriteStream;
}

const FRAMES = {
  unicode: ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
  ascii: ["-", "\\", "|", "/"],
};
const FRAME_MS = 80;

/** Shows the phases of a boot as they run, until {@link LiveView.stop}: then nothing of it stays on the screen. */
export interface LiveView {
  stop(): void;
}

export function startLiveView(options: LiveViewOptions): LiveView {
  const { bus, clock, stream } = options;
  const screen = new Repainter(stream);
  const colours = coloursOf(options);
  let frame = 0;
  const draw = () =>
    screen.paint(render(bus.state, { frame, nowMs: clock.nowMs(), look: options, colours }));
  const timer = setInterval(() => {
    frame += 1;
    draw();
  }, FRAME_MS);
  timer.unref();
  let stopped = false;
  return {
    stop: () => {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      screen.clear();
    },
  };
}

/**
 * Paints over what it painted before. Not log-update: its import takes 64 ms here, more than the rest of the way to
 * `agent.spawn`; we need none of its wrapping, because no line of ours is wider than the terminal.
 */
class Repainter {
  readonly #stream: NodeJS.WriteStream;
  #lines = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  paint(text: string): void {
    // Up, then each line over the old one: clearing first would flicker.
    const up = this.#lines === 0 ? "" : `\u001b[${this.#lines}A`;
    const lines = text.split("\n");
    this.#stream.write(`${up}${lines.map((line) => `\r${line}\u001b[K\n`).join("")}\u001b[J`);
    this.#lines = lines.length;
  }

  clear(): void {
    if (this.#lines > 0) this.#stream.write(`\u001b[${this.#lines}A\r\u001b[J`);
    this.#lines = 0;
  }
}

interface Frame {
  readonly frame: number;
  readonly nowMs: number;
  readonly look: Look;
  readonly colours: Colours;
}

/** One picture of the state; pure. */
function render(state: RuntimeState, { frame, nowMs, look, colours }: Frame): string {
  const frames = look.unicode ? FRAMES.unicode : FRAMES.ascii;
  const width = Math.max(0, ...state.phases.map(({ id }) => id.length));
  const lines = state.phases.flatMap((phase) => {
    const line = `  ${symbolOf(phase, frames[frame % frames.length] ?? "", colours)} ${phase.id.padEnd(width)}  ${timeOf(phase, nowMs)}`;
    const said = phase.status === "running" ? state.output[phase.id]?.at(-1) : undefined;
    if (said === undefined) return [line];
    return [line, colours.dim(`      ${printable(said).slice(0, Math.max(0, look.columns - 7))}`)];
  });
  return [
    `${colours.bold("sandboot")} ${colours.dim(`boots (${state.mode}) · ${formatMs(nowMs)}`)}`,
    ...lines,
  ].join("\n");
}

function symbolOf({ status }: PhaseState, spinner: string, colours: Colours): string {
  switch (status) {
    case "running":
      return colours.cyan(spinner);
    case "done":
      return colours.green("✓");
    case "warned":
      return colours.yellow("!");
    case "failed":
      return colours.red("✗");
    case "cancelled":
    case "skipped":
    case "pending":
      return colours.dim("·");
    default:
      return status satisfies never;
  }
}

function timeOf({ status, startMs, endMs }: PhaseState, nowMs: number): string {
  if (startMs === null) return "";
  return formatMs((status === "running" || endMs === null ? nowMs : endMs) - startMs);
}
