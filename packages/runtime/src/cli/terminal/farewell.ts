import type { EventBus } from "../../observe/events/bus.ts";
import { formatDuration } from "../../protocol/derive/format.ts";
import { coloursOf, type Look } from "../../report/look.ts";
import { show } from "./shown.ts";

/** Says in a terminal, as the last line, how long the end of the sandbox took and which exit code follows. */
export function sayFarewell(bus: EventBus, stream: NodeJS.WritableStream, look: () => Look): void {
  let beganMs: number | null = null;
  bus.subscribe((event) => {
    if (event.type === "shutdown.started") beganMs = event.ms;
    if (event.type !== "shutdown.ended") return;
    const took = beganMs === null ? "" : ` in ${formatDuration(event.ms - beganMs)}`;
    const line = `  ended${took}, exit code ${event.exitCode}`;
    show(stream, `${coloursOf(look()).dim(line)}\n`);
  });
}
