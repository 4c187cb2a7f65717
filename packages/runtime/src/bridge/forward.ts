import type { IncomingMessage, ServerResponse } from "node:http";
import { request } from "../base/node-http.ts";
import { answer } from "./answer.ts";
import type { Destination } from "./destination.ts";
import { type Attempt, type Exchange, wasReset } from "./exchange.ts";
import { endToEnd, requestHeaders } from "./headers.ts";

/**
 * Forwards one request to the agent and the answer back, unbuffered. Resolves when the answer has ended in any way. The body
 * of the request is read only after the agent has accepted the connection, so a request without a connection can be sent
 * again. A GET on a connection that was reset can be, too: the kernel resets a connection when the program had not read
 * what came on it (RFC 2525 §2.17). A request that the agent had read is not sent again, because it may be what the agent
 * died of; then the connection is closed in order.
 */
export function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  destination: Destination,
  exchange: Exchange,
): Promise<Attempt> {
  const { upstream, watch } = destination;
  const { promise, resolve } = Promise.withResolvers<Attempt>();
  let sent = false;
  let answered = false;
  const watching = watch?.(incoming.method ?? "GET", pathOf(incoming)) ?? null;
  const toAgent = request(
    {
      ...upstream,
      method: incoming.method,
      path: incoming.url,
      headers: requestHeaders(incoming, destination),
      agent: false,
    },
    (response) => {
      exchange.endless = response.headers["content-type"]?.startsWith("text/event-stream") ?? false;
      const { statusCode = 502, statusMessage, headers } = response;
      outgoing.writeHead(statusCode, statusMessage, endToEnd(headers));
      outgoing.flushHeaders();
      response.pipe(outgoing);
      response.once("error", () => outgoing.destroy());
      response.once("end", () => {
        answered = true;
      });
      if (watching === null) return;
      watching.head(statusCode);
      response.on("data", () => watching.byte());
      response.once("end", () => watching.end());
    },
  );
  toAgent.once("socket", (socket) => {
    socket.once("connect", () => {
      sent = true;
      incoming.pipe(toAgent);
    });
  });
  const onClose = () => {
    toAgent.destroy();
    resolve("done");
  };
  outgoing.once("close", onClose);
  toAgent.on("error", (error: NodeJS.ErrnoException) => {
    // It need not read a body that it has answered.
    if (answered) return;
    if (outgoing.headersSent) outgoing.destroy();
    else if (!sent || (wasReset(error) && isSafe(incoming))) {
      outgoing.off("close", onClose);
      resolve(sent ? "reset" : "unreachable");
    } else answer(outgoing, { code: "agent-gone", error: error.message });
  });
  return promise;
}

/** Whether a request has no body that would be lost, and changes nothing (RFC 9110 §9.2.1). */
function isSafe({ method }: IncomingMessage): boolean {
  return method === "GET" || method === "HEAD";
}

function pathOf({ url = "/" }: IncomingMessage): string {
  const query = url.indexOf("?");
  return query < 0 ? url : url.slice(0, query);
}
