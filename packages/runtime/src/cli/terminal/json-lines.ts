import type { Writable } from "node:stream";
import type { EventBus } from "../../observe/events/bus.ts";
import { show } from "./shown.ts";
import { isTooMuchFor } from "./slow-reader.ts";

/** Writes every event as one line of JSON. @returns The call that ends this. */
export function writeJsonLines(bus: EventBus, stream: Writable): () => void {
  return bus.subscribe((event) => {
    if (!isTooMuchFor(stream, event)) show(stream, `${JSON.stringify(event)}\n`);
  });
}
