import type { Writable } from "node:stream";
import type { EventBus } from "../../observe/events/bus.ts";
import type { RuntimeEvent } from "../../protocol/index.ts";
import { show } from "./shown.ts";
import { isTooMuchFor } from "./slow-reader.ts";

/** Writes every event as one line of JSON, those of the past, too. @returns The call that ends this. */
export function writeJsonLines(bus: EventBus, stream: Writable): () => void {
  const write = (event: RuntimeEvent) => {
    if (!isTooMuchFor(stream, event)) show(stream, `${JSON.stringify(event)}\n`);
  };
  for (const event of bus.since(0) ?? []) write(event);
  return bus.subscribe(write);
}
