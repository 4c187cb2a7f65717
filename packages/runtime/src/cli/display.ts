import type { Clock } from "../clock.ts";
import type { EventBus } from "../events/bus.ts";
import type { BootReport } from "../protocol/index.ts";
import { renderFailure } from "../terminal/failure-view.ts";
import { writeJsonLines } from "../terminal/json-lines.ts";
import { startLiveView } from "../terminal/live-view.ts";
import { renderReady } from "../terminal/ready-view.ts";
import { lookOf } from "./print.ts";

/** How a boot is shown. */
export interface Display {
  /** The boot has ended, well or not. */
  booted(report: BootReport): Promise<void>;
  /** Everything has ended. */
  ended(): void;
}

export interface DisplayOptions {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly json: boolean;
}

/** In a terminal, phases live and then a waterfall; in a pipe, events as JSON lines, and a failure in words on stderr. */
export function chooseDisplay(options: DisplayOptions): Display {
  return process.stdout.isTTY && !options.json ? forPeople(options) : forPrograms(options);
}

function forPeople({ bus, clock }: DisplayOptions): Display {
  const { stdout, stderr } = process;
  const look = lookOf(stdout);
  const live = startLiveView({ bus, clock, stream: stdout, ...look });
  return {
    booted: async (report) => {
      live.stop();
      if (report.outcome === "failed") stderr.write(renderFailure(report, look));
      else stdout.write(renderReady(report, look));
    },
    ended: () => live.stop(),
  };
}

function forPrograms({ bus }: DisplayOptions): Display {
  const { stdout, stderr } = process;
  const stop = writeJsonLines(bus, stdout);
  return {
    booted: async (report) => {
      if (report.outcome === "failed")
        stderr.write(renderFailure(report, { columns: 100, colour: false, unicode: true }));
    },
    ended: stop,
  };
}
