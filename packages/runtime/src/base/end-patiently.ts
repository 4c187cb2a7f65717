import type { Socket } from "node:net";
import { AFTER_ANSWER } from "./patient-response.ts";

/**
 * Ends a connection that an upgrade has taken from its HTTP server, with the answer to it. As there
 * ({@link AFTER_ANSWER}), what the client still sends is read and thrown away: without a reader neither its end would be
 * seen, nor that it is gone. A client that does not end its side is disconnected.
 */
export function endPatiently(socket: Socket, answer = "", within = AFTER_ANSWER): void {
  let left = within.bytes;
  const timer = setTimeout(() => socket.destroy(), within.ms);
  socket.once("close", () => clearTimeout(timer));
  socket.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) socket.destroy();
  });
  socket.resume();
  socket.end(answer);
}
