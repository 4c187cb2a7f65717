import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createServer, request } from "../node-http.ts";
import { isAuthorized } from "./authorize.ts";
import type { Gate, Refusal } from "./gate.ts";

export interface BridgeOptions {
  readonly host: string;
  readonly port: number;
  /** Asked of every request when set. */
  readonly token: string | null;
  readonly upstream: URL;
  readonly gate: Gate;
  /** What the boot is at, for those who are refused. */
  readonly progress: () => string;
}

export interface Bridge extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
}

/** Belong to one connection, not to the message (RFC 9110 §7.6.1). */
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

/** Seconds after which a refused client may come again. */
const RETRY_AFTER_SECONDS = 1;

/**
 * A reverse proxy before the agent: HTTP and server-sent events pass through unbuffered in both directions, upgrades
 * (WebSocket) too. Who comes while the gate is shut is held with the body unread, so that the client's own flow
 * control bounds what is held.
 *
 * @throws the server's error when the port cannot be had.
 */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const { gate, token } = options;
  const sockets = new Set<Socket>();
  const server = createServer((incoming, outgoing) => {
    if (!isAuthorized(incoming.headers, token)) {
      outgoing.setHeader("www-authenticate", "Bearer");
      answer(outgoing, 401, { code: "unauthorized", message: "a bearer token is needed" });
      return;
    }
    const gone = new AbortController();
    outgoing.once("close", () => gone.abort());
    void gate.enter(gone.signal).then((refusal) => {
      if (refusal === null) forward(incoming, outgoing, options);
      else refuse(outgoing, refusal, options.progress());
    });
  });
  server.on("upgrade", (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
    if (!isAuthorized(incoming.headers, token)) {
      socket.end("HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n");
      return;
    }
    const gone = new AbortController();
    socket.once("close", () => gone.abort());
    socket.on("error", () => gone.abort());
    void gate.enter(gone.signal).then((refusal) => {
      if (refusal === null) tunnel(incoming, socket, head, options);
      else
        socket.end(
          `HTTP/1.1 503 Service Unavailable\r\nretry-after: ${RETRY_AFTER_SECONDS}\r\n\r\n`,
        );
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  // An agent may think for minutes before its first byte.
  server.requestTimeout = 0;

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${options.host}:${port}`,
    [Symbol.asyncDispose]: async () => {
      gate.end();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      for (const socket of sockets) socket.destroySoon();
      await closed;
    },
  };
}

function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { upstream }: BridgeOptions,
): void {
  const request_ = request(
    {
      host: upstream.hostname,
      port: upstream.port,
      method: incoming.method,
      path: incoming.url,
      headers: forwardedHeaders(incoming),
      agent: false,
    },
    (response) => {
      outgoing.writeHead(
        response.statusCode ?? 502,
        response.statusMessage,
        passedOn(response.headers),
      );
      outgoing.flushHeaders();
      response.pipe(outgoing);
      response.once("error", () => outgoing.destroy());
    },
  );
  request_.once("error", (error) => {
    if (outgoing.headersSent) outgoing.destroy();
    else answer(outgoing, 502, { code: "agent-unreachable", message: error.message });
  });
  outgoing.once("close", () => request_.destroy());
  incoming.pipe(request_);
}

function tunnel(
  incoming: IncomingMessage,
  socket: Socket,
  head: Buffer,
  { upstream }: BridgeOptions,
): void {
  const request_ = request({
    host: upstream.hostname,
    port: upstream.port,
    method: incoming.method,
    path: incoming.url,
    headers: {
      ...forwardedHeaders(incoming),
      connection: "upgrade",
      upgrade: incoming.headers.upgrade,
    },
    agent: false,
  });
  request_.once("upgrade", (response, agentSocket: Socket, agentHead) => {
    socket.write(statusLines(response));
    socket.write(agentHead);
    agentSocket.write(head);
    socket.pipe(agentSocket).pipe(socket);
    socket.once("close", () => agentSocket.destroy());
    agentSocket.once("close", () => socket.destroy());
    agentSocket.on("error", () => socket.destroy());
  });
  request_.once("response", (response) => {
    // The agent does not want to switch: its answer goes back as it is.
    socket.write(statusLines(response));
    response.pipe(socket);
  });
  request_.once("error", () => socket.end("HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\n\r\n"));
  request_.end();
}

function forwardedHeaders(
  incoming: IncomingMessage,
): Record<string, string | string[] | undefined> {
  // Ours: the agent has no business with the token that opened the door.
  const { authorization: _, ...rest } = incoming.headers;
  return passedOn(rest);
}

function passedOn(
  headers: IncomingMessage["headers"],
): Record<string, string | string[] | undefined> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

function statusLines(response: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${response.statusCode} ${response.statusMessage}`];
  for (let at = 0; at < response.rawHeaders.length; at += 2) {
    lines.push(`${response.rawHeaders[at]}: ${response.rawHeaders[at + 1]}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function refuse(outgoing: ServerResponse, why: Refusal, progress: string): void {
  if (why === "gone") return;
  outgoing.setHeader("retry-after", RETRY_AFTER_SECONDS);
  const message = {
    full: "too many requests wait for the sandbox already",
    deadline: "the sandbox was not ready in time",
    "closed-for-good": "the sandbox is ending",
  }[why];
  answer(outgoing, 503, { code: "not-ready", message, hint: progress });
}

function answer(
  outgoing: ServerResponse,
  status: number,
  error: { code: string; message: string; hint?: string },
): void {
  outgoing.writeHead(status, { "content-type": "application/json" });
  outgoing.end(JSON.stringify({ error }));
}
