import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Headers } from "../bridge/destination.ts";
import { EarlyData } from "../bridge/early-data.ts";
import type { Exchange } from "../bridge/exchange.ts";
import { forward } from "../bridge/forward.ts";
import { tunnel } from "../bridge/tunnel.ts";

/** The agent's own HTTP server. */
export interface AgentHttp {
  readonly port: number;
  /** Headers that it asks for, in place of the client's. Names in lower case. */
  readonly headers: Headers;
}

/** Lets clients use the HTTP server of the agent that others use by ACP: one process, and the same sessions. */
export class HttpDoor {
  readonly #destination;

  constructor({ port, headers }: AgentHttp) {
    this.#destination = { upstream: { host: "127.0.0.1", port }, access: headers };
  }

  async request(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const exchange: Exchange = {
      endless: false,
      isAdmitted: () => true,
      end: () => outgoing.destroy(),
    };
    const attempt = await forward(incoming, outgoing, this.#destination, exchange);
    // The bridge holds clients while the agent starts, so here it has ended, and so do we in a moment.
    if (attempt !== "done") outgoing.writeHead(502).end();
  }

  async upgrade(incoming: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const early = new EarlyData(socket, head);
    const attempt = await tunnel(incoming, socket, early, this.#destination);
    if (attempt !== "done") socket.destroy();
  }
}
