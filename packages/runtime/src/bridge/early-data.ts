import type { Socket } from "node:net";

/** A client has nothing to send before its upgrade is answered. Programs that send a first message at once get by with this. */
const MAX_BYTES = 64 * 1024;

/**
 * What a client sends before its upgrade is answered. It is read from the beginning, because the end of a connection shows
 * only to a reader. A client that sends too much, or ends its side, is disconnected.
 */
export class EarlyData {
  readonly #socket: Socket;
  readonly #chunks: Buffer[];
  #bytes: number;

  /** @param head - The first piece, which came with the request. */
  constructor(socket: Socket, head: Buffer) {
    this.#socket = socket;
    this.#chunks = [head];
    this.#bytes = head.length;
    socket.on("data", this.#keep);
    socket.once("end", this.#leave);
  }

  /** What has come so far. From now on the caller reads. */
  take(): Buffer {
    this.#socket.pause();
    this.#socket.off("data", this.#keep);
    this.#socket.off("end", this.#leave);
    return Buffer.concat(this.#chunks);
  }

  readonly #keep = (chunk: Buffer): void => {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_BYTES) this.#socket.destroy();
  };

  readonly #leave = (): void => {
    this.#socket.destroy();
  };
}
