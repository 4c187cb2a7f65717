import type { Writable } from "node:stream";
import type { RuntimeEvent } from "../../protocol/index.ts";

/** What waits in memory for the reader of a stream. */
const MOST_WAITING_BYTES = 4 * 1024 * 1024;

/**
 * Whether a stream's reader is so far behind that it does not get this event. It loses only lines of output: a reader that
 * reads nothing at all must not fill our memory with them.
 */
export function isTooMuchFor(stream: Writable, { type }: RuntimeEvent): boolean {
  return type === "phase.output" && stream.writableLength > MOST_WAITING_BYTES;
}
