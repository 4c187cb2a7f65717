import type { IncomingMessage, ServerResponse } from "node:http";

/** Header that names a client's connection over HTTP. */
export const CONNECTION_ID = "acp-connection-id";

/**
 * Which connections over HTTP have a stream open. One without may be a client that crashed: HTTP does not say, and the protocol
 * has no keep-alive.
 */
export class HttpConnections {
  readonly #close: (connectionId: string) => Promise<void>;
  /** How many streams each has open. The one that was used last is the last one here. */
  readonly #streams = new Map<string, number>();

  constructor(close: (connectionId: string) => Promise<void>) {
    this.#close = close;
  }

  /** To be called with each request for `/acp`, before it is answered. */
  follow(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const id = incoming.headers[CONNECTION_ID];
    if (typeof id !== "string") {
      outgoing.once("finish", () => {
        const made = outgoing.getHeader(CONNECTION_ID);
        if (typeof made === "string") this.#use(made, 0);
      });
      return;
    }
    if (!this.#streams.has(id)) return;
    if (incoming.method === "DELETE") this.#streams.delete(id);
    else if (incoming.method !== "GET") this.#use(id, 0);
    else {
      this.#use(id, 1);
      outgoing.once("close", () => {
        if (this.#streams.has(id)) this.#use(id, -1);
      });
    }
  }

  /** @returns whether there was one to close. */
  async closeOldestIdle(): Promise<boolean> {
    const idle = [...this.#streams].find(([, streams]) => streams === 0);
    if (idle === undefined) return false;
    this.#streams.delete(idle[0]);
    await this.#close(idle[0]);
    return true;
  }

  #use(id: string, more: number): void {
    const streams = (this.#streams.get(id) ?? 0) + more;
    this.#streams.delete(id);
    this.#streams.set(id, streams);
  }
}
