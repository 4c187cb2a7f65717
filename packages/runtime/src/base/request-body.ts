import type { IncomingMessage } from "node:http";
import { readAtMost } from "./read-at-most.ts";

/** The body of a request, as UTF-8; null when it is longer. The request can still be answered then. */
export async function readBody(
  incoming: IncomingMessage,
  maxBytes: number,
): Promise<string | null> {
  if (Number(incoming.headers["content-length"] ?? 0) > maxBytes) return null;
  // The usual iterator would close the connection where it stops.
  return await readAtMost(incoming.iterator({ destroyOnReturn: false }), maxBytes);
}
