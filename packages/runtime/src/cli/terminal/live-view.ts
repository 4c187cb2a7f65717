import type { Clock } from "../../base/clock.ts";
import type { EventBus } from "../../observe/events/bus.ts";
import type { Look } from "../../report/look.ts";
import { drawBoot } from "./live-picture.ts";
import { writePhaseLines } from "./phase-lines.ts";
import type { ProgressStyle } from "./progress-style.ts";
import { Repainter } from "./repainter.ts";

export interface LiveViewOptions {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly stream: NodeJS.WriteStream;
  /** Called for each picture, because the terminal can change its size. */
  readonly look: () => Look;
  readonly style: ProgressStyle;
}

const FRAME_MS = 80;

/** Shows the phases of a boot while they run. {@link LiveView.stop} removes the picture from the screen. */
export interface LiveView {
  stop(): void;
}

export function startLiveView({ bus, clock, stream, look, style }: LiveViewOptions): LiveView {
  // Without its size (0 × 0), nobody knows where the lines of a picture are.
  const isPainted = () => style === "live" && stream.columns > 0 && stream.rows > 0;
  const endLines = writePhaseLines({ bus, stream, look, isWanted: () => !isPainted() });
  const screen = new Repainter(stream);
  let frame = 0;
  const timer = setInterval(() => {
    // A terminal that has not taken the last picture gets no other one.
    if (!isPainted() || stream.writableLength > 0) return;
    frame += 1;
    const picture = { state: bus.state, nowMs: clock.nowMs(), frame, look: look() };
    screen.paint(drawBoot({ ...picture, rows: stream.rows }));
  }, FRAME_MS);
  timer.unref();
  const endSuspending = onSuspend(() => screen.clear());
  const stop = () => {
    process.off("exit", stop);
    clearInterval(timer);
    endLines();
    endSuspending();
    screen.clear();
  };
  // However this process ends, the terminal gets its cursor back.
  process.once("exit", stop);
  return { stop };
}

/**
 * Calls `prepare` before Ctrl-Z stops this process: the shell must get the terminal with its cursor, and what is painted
 * after `fg` begins below the shell's lines.
 *
 * @returns the call that ends this.
 */
function onSuspend(prepare: () => void): () => void {
  let isOver = false;
  const suspend = () => {
    prepare();
    process.off("SIGTSTP", suspend);
    // Now with its default effect. It is ignored where no shell could let us go on, in a container say.
    process.kill(process.pid, "SIGTSTP");
    setImmediate(() => {
      if (!isOver) process.on("SIGTSTP", suspend);
    });
  };
  process.on("SIGTSTP", suspend);
  return () => {
    isOver = true;
    process.off("SIGTSTP", suspend);
  };
}
