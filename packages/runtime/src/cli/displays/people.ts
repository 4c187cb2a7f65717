import type { Writable } from "node:stream";
import type { EventBus } from "../../observe/events/bus.ts";
import { printable } from "../../report/look.ts";
import type { Display, DisplayOptions } from "../display.ts";
import { explainFailure } from "../explain-failure.ts";
import { lookOf } from "../look.ts";
import { renderBooted } from "../terminal/booted-view.ts";
import { renderWhereRecorded } from "../terminal/failure-view.ts";
import { sayFarewell } from "../terminal/farewell.ts";
import { showWhatComesLater } from "../terminal/later-view.ts";
import { startLiveView } from "../terminal/live-view.ts";
import type { ProgressStyle } from "../terminal/progress-style.ts";
import { show } from "../terminal/shown.ts";

/** Shows a boot to people in a terminal: live phases, then the waterfall, then news. */
export function showToPeople({ bus, clock }: DisplayOptions, style: ProgressStyle): Display {
  const { stdout, stderr } = process;
  const look = () => lookOf(stdout);
  const live = startLiveView({ bus, clock, stream: stdout, look, style });
  sayFarewell(bus, stdout, look);
  let endLater: (() => void) | undefined;
  return {
    booted: async (report, next) => {
      live.stop();
      show(stdout, renderBooted(report, look(), next));
      explainFailure(report, next);
      endLater ??=
        next === "end"
          ? printWarnings(bus, stderr)
          : showWhatComesLater({ bus, stream: stdout, look });
    },
    recorded: async ({ outcome }, path) => {
      if (outcome === "failed") show(stderr, renderWhereRecorded(path));
    },
    ended: async () => {
      live.stop();
      endLater?.();
    },
  };
}

/** Shows warnings that come after the report. */
function printWarnings(bus: EventBus, stream: Writable): () => void {
  return bus.subscribe((event) => {
    if (event.type === "runtime.warning") show(stream, `sandboot: ${printable(event.message)}\n`);
  });
}
