import type { IncomingMessage, RequestListener, Server, ServerOptions } from "node:http";
import type { Socket } from "node:net";
import { endPatiently } from "./end-patiently.ts";
import { PatientResponse } from "./patient-response.ts";
import { Places } from "./places.ts";

/**
 * `node:http`, loaded as `require` loads it. An ES import of a built-in module evaluates all its getters, and the getter
 * `http.WebSocket` loads undici, which would delay `agent.spawn` by 50 ms.
 *
 * @see https://nodejs.org/api/process.html#processgetbuiltinmoduleid (Node ≥ 22.3)
 */
const http = process.getBuiltinModule("node:http");

export const { request, STATUS_CODES } = http;

/** For each server. */
const MOST_CONNECTIONS = 512;

export interface ServerParts extends ServerOptions {
  /** Takes the connections of requests that ask for another protocol. Without it, they are requests like all others. */
  readonly onUpgrade?: (incoming: IncomingMessage, socket: Socket, head: Buffer) => void;
}

/** Makes a server whose answers reach clients that are still sending, and that has a bounded number of connections. */
export function createServer(
  listener: RequestListener,
  { onUpgrade, ...options }: ServerParts = {},
  mostConnections = MOST_CONNECTIONS,
): Server {
  const places = new Places(mostConnections);
  const server = http.createServer({ ...options, ServerResponse: PatientResponse });
  server.on("connection", (socket) => places.take(socket));
  server.on("request", (incoming, outgoing: PatientResponse) => {
    places.serve(incoming.socket, () => outgoing.isAnswered);
    listener(incoming, outgoing);
  });
  if (onUpgrade !== undefined) {
    server.on("upgrade", (incoming, socket: Socket, head) => {
      places.serve(socket, () => socket.writableEnded);
      onUpgrade(incoming, socket, head);
    });
  }
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    // Each further piece of what was refused is an error, too.
    if (socket.writableEnded) return;
    if (!socket.writable || places.isServing(socket)) socket.destroy();
    else endPatiently(socket, refusalOf(error));
  });
  return server;
}

/** The answer to what is no request. As Node gives it, which closes the connection at once. */
function refusalOf({ code = "" }: NodeJS.ErrnoException): string {
  return `HTTP/1.1 ${REFUSALS[code] ?? "400 Bad Request"}\r\nConnection: close\r\n\r\n`;
}

/** @see https://nodejs.org/api/http.html#event-clienterror */
const REFUSALS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
};

/** The `request` for a URL's protocol. `node:https` is loaded at its first use. */
export function requestFor(protocol: string): typeof request {
  return protocol === "https:" ? process.getBuiltinModule("node:https").request : request;
}

/** Where a server listens. */
export type Address =
  | { readonly host: string; readonly port: number }
  | { readonly socketPath: string };
