import type { Clock } from "../../base/clock.ts";
import type { EventBus } from "../../observe/events/bus.ts";
import type { Look } from "../../report/look.ts";
import { drawBoot } from "./live-picture.ts";
import { Repainter } from "./repainter.ts";

export interface LiveViewOptions {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly stream: NodeJS.WriteStream;
  /** Called for each picture, because the terminal can change its size. */
  readonly look: () => Look;
}

const FRAME_MS = 80;

/** Rows of a terminal that has not been told its size (0 × 0), as in a fresh pty. */
const ROWS_ELSEWHERE = 24;

/** Shows the phases of a boot while they run. {@link LiveView.stop} removes everything from the screen. */
export interface LiveView {
  stop(): void;
}

export function startLiveView({ bus, clock, stream, look }: LiveViewOptions): LiveView {
  const screen = new Repainter(stream);
  let frame = 0;
  const timer = setInterval(() => {
    frame += 1;
    const picture = { state: bus.state, nowMs: clock.nowMs(), frame, look: look() };
    screen.paint(drawBoot({ ...picture, rows: stream.rows || ROWS_ELSEWHERE }));
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
