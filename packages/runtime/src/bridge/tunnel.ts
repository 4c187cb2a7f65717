import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { endPatiently } from "../base/end-patiently.ts";
import { request } from "../base/node-http.ts";
import type { Destination } from "./destination.ts";
import type { EarlyData } from "./early-data.ts";
import { type Attempt, wasReset } from "./exchange.ts";
import { rawHead, requestHeaders } from "./headers.ts";

/**
 * Connects a client that upgrades to another protocol (WebSocket) with the agent. Resolves when either disconnects, or when the
 * agent had not read the request, as in `forward`.
 */
export function tunnel(
  incoming: IncomingMessage,
  client: Socket,
  early: EarlyData,
  destination: Destination,
): Promise<Attempt> {
  const { upstream } = destination;
  const { promise, resolve } = Promise.withResolvers<Attempt>();
  const toAgent = request({
    ...upstream,
    method: incoming.method,
    path: incoming.url,
    headers: {
      ...requestHeaders(incoming, destination),
      connection: "upgrade",
      upgrade: incoming.headers.upgrade,
    },
    agent: false,
  });
  const onClose = () => {
    toAgent.destroy();
    resolve("done");
  };
  client.once("close", onClose);
  const end = (answer?: string) => {
    early.take();
    endPatiently(client, answer);
  };
  let answered = false;
  toAgent.once("upgrade", (response, agent: Socket, agentHead: Buffer) => {
    answered = true;
    client.write(rawHead(response));
    client.write(agentHead);
    agent.write(early.take());
    client.pipe(agent).pipe(client);
    client.once("close", () => agent.destroy());
    agent.once("close", () => client.destroySoon());
    agent.on("error", () => client.destroy());
  });
  toAgent.once("response", (response) => {
    answered = true;
    // The agent does not upgrade. Its answer is passed on, and the connection ends with it.
    client.write(rawHead(response).replace(/^(transfer-encoding|connection): .*\r\n/gim, ""));
    response.pipe(client, { end: false });
    // Also when the agent dies in the middle of it.
    response.once("close", () => end());
  });
  toAgent.on("error", (error: NodeJS.ErrnoException) => {
    // The second one: there is no unix socket yet.
    const isUnreachable = error.code === "ECONNREFUSED" || error.code === "ENOENT";
    if (isUnreachable || (!answered && wasReset(error))) {
      client.off("close", onClose);
      resolve(isUnreachable ? "unreachable" : "reset");
    } else end("HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\n\r\n");
  });
  toAgent.end();
  return promise;
}
