import type { RequestListener, Server, ServerOptions } from "node:http";
import { PatientResponse } from "./patient-response.ts";

/**
 * `node:http`, loaded as `require` loads it. An ES import of a built-in module evaluates all its getters, and the getter
 * `http.WebSocket` loads undici, which would delay `agent.spawn` by 50 ms.
 *
 * @see https://nodejs.org/api/process.html#processgetbuiltinmoduleid (Node ≥ 22.3)
 */
const http = process.getBuiltinModule("node:http");

export const { request } = http;

/** Each takes a descriptor, whoever opened it; without any, the runtime could start no process and write no file. */
const MOST_CONNECTIONS = 512;

/** Makes a server whose answers reach clients that are still sending, and that has a bounded number of connections. */
export function createServer(
  listener: RequestListener,
  options: ServerOptions = {},
  mostConnections = MOST_CONNECTIONS,
): Server {
  const server = http.createServer({ ...options, ServerResponse: PatientResponse }, listener);
  server.maxConnections = mostConnections;
  return server;
}

/** The `request` for a URL's protocol. `node:https` is loaded at its first use. */
export function requestFor(protocol: string): typeof request {
  return protocol === "https:" ? process.getBuiltinModule("node:https").request : request;
}

/** Where a server listens. */
export type Address =
  | { readonly host: string; readonly port: number }
  | { readonly socketPath: string };
