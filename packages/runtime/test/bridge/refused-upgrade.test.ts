import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { createServer, type RequestListener } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import { UNAUTHORIZED } from "../../src/base/bearer.ts";
import { endPatiently } from "../../src/base/end-patiently.ts";
import { startBridge } from "../../src/bridge/bridge.ts";
import { Gate } from "../../src/bridge/gate.ts";
import { serve } from "../support/serve.ts";

/** A first message that a client sends with its upgrade, because it expects no refusal. */
const UPGRADE = `GET /socket HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n${"x".repeat(100_000)}`;

/** @returns Whether a connection of a server on this port is open. */
function watchConnections(port: number): () => boolean {
  const sockets: Socket[] = [];
  const note = (message: unknown) => {
    const { socket } = message as { readonly socket: Socket };
    if (socket.localPort === port) sockets.push(socket);
  };
  subscribe("net.server.socket", note);
  onTestFinished(() => void unsubscribe("net.server.socket", note));
  return () => sockets.length === 0 || sockets.some(({ destroyed }) => !destroyed);
}

async function closed(isOpen: () => boolean): Promise<void> {
  while (isOpen()) await new Promise((resolve) => setImmediate(resolve));
}

const answersPlainly: RequestListener = (_, response) => response.end("plain");

it.each([
  ["is not admitted", { admit: () => UNAUTHORIZED }, "401 Unauthorized", ""],
  [
    "names no agent",
    { route: () => ({ code: "no-such-agent", agent: "x", known: [] }) as const },
    "404 Not Found",
    'there is no agent \\"x\\"',
  ],
  ["waits too long", {}, "503 Service Unavailable", "too many requests wait"],
] as const)("an upgrade that %s is told so, and leaves no connection behind", async (...row) => {
  const [, change, status, words] = row;
  const bridge = await startBridge({
    ...{ host: "127.0.0.1", port: 0, gate: new Gate({ maxHeld: 0, holdMs: 1 }) },
    ...{ upstream: { host: "127.0.0.1", port: 1 }, progress: () => "booting", admit: () => null },
    ...change,
  });
  onTestFinished(() => bridge.close(AbortSignal.abort()));
  const isOpen = watchConnections(bridge.port);
  const socket = connect(bridge.port, "127.0.0.1");
  socket.write(UPGRADE);
  const answer = await text(socket);
  expect(answer).toContain(`HTTP/1.1 ${status}\r\n`);
  expect(answer).toContain(words);
  await closed(isOpen);
});

it("a client that does not end its side, or sends without end, is disconnected", async () => {
  const within = { bytes: 1_000, ms: 1 };
  const server = createServer(answersPlainly);
  server.on("upgrade", (_, socket: Socket) => {
    socket.on("error", () => {});
    endPatiently(socket, "HTTP/1.1 401 Unauthorized\r\n\r\n", within);
  });
  const port = await serve(server);
  const isOpen = watchConnections(port);
  for (const ms of [1, 60_000]) {
    within.ms = ms;
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true }).on("error", () => {});
    onTestFinished(() => void socket.destroy());
    socket.write(ms === 1 ? UPGRADE.slice(0, 200) : UPGRADE);
    await closed(isOpen);
  }
});
