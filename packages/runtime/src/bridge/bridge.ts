import type { IncomingMessage, ServerOptions, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Admission } from "../base/bearer.ts";
import { createServer } from "../base/node-http.ts";
import { answer, RETRY_AFTER_SECONDS, refuse, turnAway } from "./answer.ts";
import type { Destination } from "./destination.ts";
import { type Attempt, type Exchange, Exchanges } from "./exchange.ts";
import { forward } from "./forward.ts";
import type { Gate, Refusal } from "./gate.ts";
import { tunnel } from "./tunnel.ts";

export interface BridgeOptions extends Destination {
  readonly host: string;
  /** 0: one that is free. */
  readonly port: number;
  /** Asked of every request and tunnel, before anything else. */
  readonly admit: Admission;
  readonly gate: Gate;
  /** What the boot is at, for those who are refused. */
  readonly progress: () => string;
}

export interface Bridge {
  readonly port: number;
  readonly url: string;
  /**
   * Takes nobody any more. What is under way may finish until the signal is aborted, but for what has no end of its own
   * (server-sent events, WebSocket). Resolves when every connection is closed.
   */
  close(until: AbortSignal): Promise<void>;
}

/** An agent that has just ended refuses connections; word of its end comes within this, and the gate holds. */
const UNREACHABLE_PAUSE_MS = 20;
const UNREACHABLE_MS = 2_000;

/**
 * A request with a body is one, whatever it would like to switch to besides: some HTTP clients offer HTTP/2 (`h2c`) with
 * each of theirs, and in a tunnel the agent would wait for the body. The types of Node 22 do not know the option; an
 * older Node does not ask.
 *
 * @see https://nodejs.org/api/http.html#httpcreateserveroptions-requestlistener (Node ≥ 24.9, ≥ 22.21)
 */
const UPGRADES: ServerOptions & {
  readonly shouldUpgradeCallback: (incoming: IncomingMessage) => boolean;
} = {
  shouldUpgradeCallback: ({ headers }) =>
    headers["transfer-encoding"] === undefined && Number(headers["content-length"] ?? 0) === 0,
};

/**
 * A reverse proxy before the agent: HTTP and server-sent events pass through unbuffered in both directions, upgrades
 * (WebSocket) too. Who comes while the gate is shut is held with the body unread, so that the client's own flow
 * control bounds what is held.
 *
 * @throws the server's error when the port cannot be had.
 */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const { gate, admit, progress } = options;
  const sockets = new Set<Socket>();
  const exchanges = new Exchanges();

  const onRequest = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const turned = admit(incoming);
    if (turned !== null) {
      turnAway(outgoing, turned);
      return;
    }
    const exchange: Exchange = { endless: false, end: () => outgoing.destroy() };
    const end = await pass(gate, goneWhenClosed(outgoing), () =>
      exchanges.during(exchange, () => forward(incoming, outgoing, options, exchange)),
    );
    if (end === "unreachable") {
      answer(outgoing, { code: "agent-unreachable" });
    } else if (end !== "done") refuse(outgoing, end, progress());
  };

  const onUpgrade = async (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    if (admit(incoming) !== null) {
      socket.end("HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n");
      return;
    }
    const exchange: Exchange = { endless: true, end: () => socket.destroySoon() };
    const end = await pass(gate, goneWhenClosed(socket), () =>
      exchanges.during(exchange, () => tunnel(incoming, socket, head, options)),
    );
    if (end === "done") return;
    const retry = `retry-after: ${RETRY_AFTER_SECONDS}\r\nconnection: close`;
    socket.end(`HTTP/1.1 503 Service Unavailable\r\n${retry}\r\n\r\n`);
  };

  // What a client sends must not end the runtime, whatever we have overlooked.
  const server = createServer(UPGRADES, (incoming, outgoing) => {
    onRequest(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.on("upgrade", (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
    onUpgrade(incoming, socket, head).catch(() => socket.destroy());
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
    url: `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${port}`,
    close: async (until) => {
      gate.end();
      const closed = new Promise((resolve) => server.close(resolve));
      await exchanges.drain(until);
      // Also those that wait for another request, and those whose last answer is still being written.
      for (const socket of sockets) socket.destroySoon();
      await closed;
    },
  };
}

/** Waits at the gate and goes through; back to the gate when nobody is behind it. */
async function pass(
  gate: Gate,
  gone: AbortSignal,
  through: () => Promise<Attempt>,
): Promise<Attempt | Refusal> {
  for (let unreachableMs = 0; ; unreachableMs += UNREACHABLE_PAUSE_MS) {
    const refusal = await gate.enter(gone);
    if (refusal !== null) return refusal;
    const attempt = await through();
    if (attempt === "done" || unreachableMs >= UNREACHABLE_MS) return attempt;
    await delay(UNREACHABLE_PAUSE_MS, undefined, { signal: gone }).catch(() => {});
  }
}

function goneWhenClosed(connection: ServerResponse | Socket): AbortSignal {
  const gone = new AbortController();
  connection.once("close", () => gone.abort());
  return gone.signal;
}
