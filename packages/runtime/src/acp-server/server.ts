import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import {
  createNodeHttpHandler,
  createNodeWebSocketUpgradeHandler,
} from "@agentclientprotocol/sdk/experimental/node";
import { AcpServer } from "@agentclientprotocol/sdk/experimental/server";
import { WebSocketServer } from "ws";
import { byAuthorization } from "../base/bearer.ts";
import { endPatiently } from "../base/end-patiently.ts";
import { createServer } from "../base/node-http.ts";
import { authorizationOf, PATHS } from "./contract.ts";
import type { Control } from "./control.ts";
import { CONNECTION_ID, HttpConnections } from "./http-connections.ts";
import type { HttpDoor } from "./http-door.ts";
import type { Hub } from "./hub.ts";
import { MOST_CLIENTS, MOST_MESSAGE_BYTES, MOST_WAITING_CHARACTERS } from "./limits.ts";

export interface AcpServerOptions {
  readonly hub: Hub;
  readonly password: string;
  /** For requests that are not for `/acp`; null when the agent has no HTTP server. */
  readonly http: HttpDoor | null;
  readonly control: Control;
}

/** What to do with a request, or with an upgrade, which has the same rules. */
type Verdict = "acp" | "health" | keyof Control | HttpDoor | 401 | 404 | 503;

/**
 * Serves `/acp` as the protocol's remote transport says, over HTTP/1.1 and WebSocket, and beside it the agent's own HTTP server.
 *
 * @see https://agentclientprotocol.com/rfds/streamable-http-websocket-transport
 */
export function acpServer({ hub, password, http, control }: AcpServerOptions): Server {
  const admit = byAuthorization(authorizationOf(password));
  const acp = new AcpServer({ agent: hub, maxBufferedBytes: MOST_WAITING_CHARACTERS });
  const onHttp = createNodeHttpHandler(acp, { maxRequestBodyBytes: MOST_MESSAGE_BYTES });
  const webSockets = new WebSocketServer({ noServer: true, maxPayload: MOST_MESSAGE_BYTES });
  const onWebSocket = createNodeWebSocketUpgradeHandler(acp, webSockets);
  const connections = new HttpConnections(async (connectionId) => {
    const headers = { [CONNECTION_ID]: connectionId };
    await acp.handleRequest(new Request("http://localhost/acp", { method: "DELETE", headers }));
  });

  const judge = async (incoming: IncomingMessage): Promise<Verdict> => {
    if (admit(incoming) !== null) return 401;
    const { pathname } = new URL(incoming.url ?? "/", "http://localhost");
    if (pathname === PATHS.health) return "health";
    if (pathname === PATHS.session) return "session";
    if (pathname === PATHS.activity) return "activity";
    if (pathname !== PATHS.acp) return http ?? 404;
    if (!isNewClient(incoming) || hub.clients < MOST_CLIENTS) return "acp";
    return (await connections.closeOldestIdle()) ? "acp" : 503;
  };

  const onRequest = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const verdict = await judge(incoming);
    switch (verdict) {
      case "acp":
        connections.follow(incoming, outgoing);
        onHttp(incoming, outgoing);
        break;
      case "health":
        outgoing.end("ok\n");
        break;
      case "session":
      case "activity":
        await control[verdict](incoming, outgoing);
        break;
      case 401:
      case 404:
      case 503:
        outgoing.statusCode = verdict;
        if (verdict === 503) outgoing.setHeader("retry-after", "1");
        outgoing.end();
        break;
      default:
        await verdict.request(incoming, outgoing);
    }
  };

  const onUpgrade = async (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
    const verdict = await judge(incoming);
    if (verdict === "acp") onWebSocket(incoming, socket, head);
    else if (typeof verdict === "object") await verdict.upgrade(incoming, socket, head);
    else {
      const status = typeof verdict === "number" ? verdict : 404;
      endPatiently(socket, `HTTP/1.1 ${status} \r\nconnection: close\r\n\r\n`);
    }
  };

  const server = createServer(
    (incoming, outgoing) => {
      onRequest(incoming, outgoing).catch(() => outgoing.destroy());
    },
    {
      onUpgrade: (incoming, socket, head) => {
        socket.on("error", () => socket.destroy());
        onUpgrade(incoming, socket, head).catch(() => socket.destroy());
      },
    },
  );
  // A prompt's stream may be silent for minutes.
  server.requestTimeout = 0;
  return server;
}

/** Every other request names its connection. */
function isNewClient({ method, headers }: IncomingMessage): boolean {
  const isUpgrade = headers.upgrade !== undefined;
  return isUpgrade || (method === "POST" && headers[CONNECTION_ID] === undefined);
}
