import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Destination, Headers } from "./destination.ts";

/** Headers that belong to one connection, not to the message (RFC 9110 §7.6.1). */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** What no connection may take away: without its length, a body would be the agent's next request (RFC 9110 §7.6.1). */
const FOR_THE_RECIPIENT: ReadonlySet<string> = new Set(["content-length", "host"]);

/**
 * The headers of a request to the agent: without the client's credentials, which are meant for us, and with those that the
 * agent asks for.
 */
export function requestHeaders(
  incoming: IncomingMessage,
  {
    defaultHeaders,
    access,
    withoutCredentials = withoutAuthorization,
  }: Pick<Destination, "defaultHeaders" | "access" | "withoutCredentials">,
): Headers {
  const rest = withoutCredentials(incoming.headers);
  // A body of unknown length needs this header again, also with methods that usually have no body. Without it the agent
  // would take the body for the next request.
  const framing = "transfer-encoding" in rest ? { "transfer-encoding": "chunked" } : {};
  return { ...defaultHeaders?.(), ...endToEnd(rest), ...access, ...framing };
}

function withoutAuthorization({
  authorization: _,
  ...rest
}: IncomingHttpHeaders): IncomingHttpHeaders {
  return rest;
}

/** The headers that are meant for the other end: without hop-by-hop headers, and without those that `connection` names. */
export function endToEnd(headers: IncomingHttpHeaders): Headers {
  const named = (headers.connection ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => !FOR_THE_RECIPIENT.has(name));
  const hop = new Set([...HOP_BY_HOP, ...named]);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hop.has(name)));
}

/** The head of a response, unchanged. */
export function rawHead({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}
