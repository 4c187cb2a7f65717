import type { IncomingMessage, ServerOptions, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Admission } from "../base/bearer.ts";
import { endPatiently } from "../base/end-patiently.ts";
import type { FailureValue } from "../base/failure.ts";
import { createServer } from "../base/node-http.ts";
import { answer, answerUpgrade, refusalOf, refuse, turnAway } from "./answer.ts";
import type { Door } from "./destination.ts";
import { EarlyData } from "./early-data.ts";
import { type Attempt, type Exchange, Exchanges } from "./exchange.ts";
import { forward } from "./forward.ts";
import type { Caller, Gate, Refusal } from "./gate.ts";
import { toOriginForm } from "./origin-form.ts";
import { tunnel } from "./tunnel.ts";

export interface BridgeOptions extends Door {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Decides about every request and upgrade, before anything else. */
  readonly admit: Admission;
  /** Answers requests that are for us, before anybody is admitted. @returns whether it was one. */
  readonly answers?: (incoming: IncomingMessage, outgoing: ServerResponse) => boolean;
  /** Which door a request is for, asked when it is admitted. A failure is the answer. Default: this one. */
  readonly route?: (incoming: IncomingMessage) => Door | FailureValue;
}

export interface Bridge {
  readonly port: number;
  readonly url: string;
  /** Cuts what passes for clients that would not be admitted now. */
  askAgain(): void;
  /** Cuts streams, and lets requests that are under way finish until the signal is aborted. @returns How many have not. */
  settle(until: AbortSignal): Promise<number>;
  /**
   * Accepts no more connections. Requests under way may finish until the signal is aborted. Streams that would not end by
   * themselves (server-sent events, WebSocket) are cut at once. Resolves when every connection is closed.
   */
  close(until: AbortSignal): Promise<void>;
}

/** How long to retry when the agent refuses connections. If it has exited, the gate begins to hold within this time. */
const UNREACHABLE_PAUSE_MS = 20;
const UNREACHABLE_MS = 2_000;

/**
 * Handles a request with a body as an ordinary request, even if it offers an upgrade. Some HTTP clients offer HTTP/2 (`h2c`)
 * with every request. In a tunnel the agent would wait for the body for ever. The types of Node 22 do not have this option,
 * and an older Node ignores it.
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
 * Starts a reverse proxy for the agent. HTTP, server-sent events and upgrades (WebSocket) pass unbuffered in both directions.
 * While the gate holds, requests wait with their bodies unread, so that flow control stops the client from sending more.
 *
 * @throws the server's error when it cannot listen on the port.
 */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const { admit, answers, route = () => options } = options;
  const sockets = new Set<Socket>();
  const exchanges = new Exchanges();

  const onRequest = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    toOriginForm(incoming);
    if (answers?.(incoming, outgoing) === true) return;
    const turned = admit(incoming);
    if (turned !== null) {
      turnAway(outgoing, turned);
      return;
    }
    const door = route(incoming);
    if ("code" in door) {
      answer(outgoing, door);
      return;
    }
    const exchange: Exchange = {
      endless: false,
      isAdmitted: () => admit(incoming) === null,
      end: () => outgoing.destroy(),
    };
    const caller: Caller = {
      gone: goneWhenClosed(outgoing),
      // Node stops reading from the connection at this mark.
      isWatched: () => incoming.readableLength < incoming.readableHighWaterMark,
    };
    const end = await pass(door.gate, caller, async () => {
      // While it waited, the token may have become another one.
      const turnedLate = admit(incoming);
      if (turnedLate === null) {
        return await exchanges.during(exchange, () => forward(incoming, outgoing, door, exchange));
      }
      turnAway(outgoing, turnedLate);
      return "done";
    });
    if (end === "unreachable") {
      answer(outgoing, { code: "agent-unreachable" });
    } else if (end === "reset") {
      answer(outgoing, { code: "agent-gone", error: "the connection was reset" });
    } else if (end !== "done") refuse(outgoing, end, door);
  };

  const onUpgrade = async (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    toOriginForm(incoming);
    const isTurnedAway = () => {
      const turned = admit(incoming);
      if (turned === null) return false;
      const line = turned.status === 403 ? "403 Forbidden" : "401 Unauthorized";
      endPatiently(socket, `HTTP/1.1 ${line}\r\nconnection: close\r\n\r\n`);
      return true;
    };
    if (isTurnedAway()) return;
    const door = route(incoming);
    if ("code" in door) {
      answerUpgrade(socket, door);
      return;
    }
    const exchange: Exchange = {
      endless: true,
      isAdmitted: () => admit(incoming) === null,
      end: () => socket.destroySoon(),
    };
    const early = new EarlyData(socket, head);
    const caller: Caller = { gone: goneWhenClosed(socket), isWatched: () => true };
    const end = await pass(door.gate, caller, async () => {
      if (isTurnedAway()) return "done";
      return await exchanges.during(exchange, () => tunnel(incoming, socket, early, door));
    });
    if (end === "done" || end === "gone") return;
    early.take();
    // An agent that cannot be reached is about to be held or refused, too.
    const isAway = end === "unreachable" || end === "reset";
    answerUpgrade(socket, refusalOf(isAway ? "unavailable" : end, door));
  };

  // No request may end the runtime, not even by an error that we did not foresee.
  const server = createServer(
    (incoming, outgoing) => {
      onRequest(incoming, outgoing).catch(() => outgoing.destroy());
    },
    {
      ...UPGRADES,
      onUpgrade: (incoming, socket, head) => {
        onUpgrade(incoming, socket, head).catch(() => socket.destroy());
      },
    },
  );
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  // An agent may take minutes before the first byte of its answer.
  server.requestTimeout = 0;

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${port}`,
    settle: (until) => exchanges.settle(until),
    askAgain: () => exchanges.askAgain(),
    close: async (until) => {
      options.gate.end();
      const closed = new Promise((resolve) => server.close(resolve));
      await exchanges.drain(until);
      // `destroySoon` lets the last answer be written. It also closes idle connections.
      for (const socket of sockets) socket.destroySoon();
      await closed;
    },
  };
}

/**
 * Waits at the gate and sends the request. Waits at the gate again when the agent does not accept connections, and once
 * when it reset the connection.
 */
async function pass(
  gate: Gate,
  caller: Caller,
  through: () => Promise<Attempt>,
): Promise<Attempt | Refusal> {
  let resets = 0;
  for (let unreachableMs = 0; ; unreachableMs += UNREACHABLE_PAUSE_MS) {
    const refusal = await gate.enter(caller);
    if (refusal !== null) return refusal;
    const attempt = await through();
    if (attempt === "reset") resets += 1;
    if (attempt === "done" || resets > 1 || unreachableMs >= UNREACHABLE_MS) return attempt;
    await delay(UNREACHABLE_PAUSE_MS, undefined, { signal: caller.gone }).catch(() => {});
  }
}

function goneWhenClosed(connection: ServerResponse | Socket): AbortSignal {
  const gone = new AbortController();
  connection.once("close", () => gone.abort());
  return gone.signal;
}
