import type { AnyMessage, Stream } from "@agentclientprotocol/sdk";
import { MOST_WAITING_CHARACTERS } from "./limits.ts";

/** One client's connection, over whichever transport. */
export class Client {
  readonly #writer: WritableStreamDefaultWriter<AnyMessage>;
  readonly #stream: Stream;
  readonly #left = Promise.withResolvers<void>();
  #waiting = 0;
  #isClosed = false;

  constructor(stream: Stream) {
    this.#stream = stream;
    this.#writer = stream.writable.getWriter();
    this.#writer.closed.catch(() => this.#leave());
  }

  /** Resolves when it is gone, or was disconnected. */
  get left(): Promise<void> {
    return this.#left.promise;
  }

  /** Its messages, until it is gone. */
  async *messages(): AsyncGenerator<AnyMessage> {
    try {
      for await (const message of this.#stream.readable) yield message;
    } catch {
      // The connection broke.
    } finally {
      this.#leave();
    }
  }

  /** Does not wait: a client that reads slowly must not hold up the others. */
  send(message: AnyMessage): void {
    if (this.#isClosed) return;
    const size = JSON.stringify(message).length;
    if (this.#waiting > 0 && this.#waiting + size > MOST_WAITING_CHARACTERS) {
      void this.#writer.abort(new Error("the client reads too slowly")).catch(() => {});
      this.#leave();
      return;
    }
    this.#waiting += size;
    this.#writer.write(message).then(
      () => {
        this.#waiting -= size;
      },
      () => this.#leave(),
    );
  }

  /** Disconnects it when it has what was sent. */
  async close(): Promise<void> {
    await this.#writer.close().catch(() => {});
    this.#leave();
  }

  #leave(): void {
    this.#isClosed = true;
    this.#left.resolve();
  }
}
