import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import { createServer } from "../../src/base/node-http.ts";
import { ask } from "../support/http.ts";
import { serve } from "../support/serve.ts";

const MOST = 4;

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** Answers at once, but lets requests for /hold wait until the test answers them. */
async function limited() {
  const held: ServerResponse[] = [];
  const server = createServer(
    (incoming, outgoing) => {
      if (incoming.url === "/hold") held.push(outgoing);
      else outgoing.end("ok");
      server.emit("held");
    },
    { onUpgrade: (_, socket) => socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n") },
    MOST,
  );
  return { server, held, port: await serve(server) };
}

it("refuses a connection when all others wait for an answer, and not any more when one of them has it", async () => {
  const { server, held, port } = await limited();
  const answers = [];
  while (held.length < MOST) {
    answers.push(ask(port, "/hold"));
    await once(server, "held");
  }
  await expect(ask(port, "/")).rejects.toThrow(/ECONNRESET|socket hang up/);
  held[0]?.end("late");
  expect((await answers[0])?.body).toBe("late");
  expect((await ask(port, "/")).status).toBe(200);
  for (const outgoing of held) outgoing.end();
  await Promise.all(answers);
});

it.each([
  ["says nothing", ""],
  ["has begun to say something", "GET / HT"],
  ["has its answer", "GET / HTTP/1.1\r\nhost: x\r\n\r\n"],
  ["has its answer, and still sends", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n1"],
])("takes the place of a client that %s for one that comes", async (_, says) => {
  const { port } = await limited();
  const idle: Socket[] = [];
  while (idle.length < MOST) {
    const socket = await connected(port);
    idle.push(socket);
    socket.write(says);
    if (says.includes("\r\n")) await once(socket, "data");
  }
  const left = once(idle[0] as Socket, "close");
  idle[0]?.resume();
  expect((await ask(port, "/")).status).toBe(200);
  await left;
});

it("takes no place of a client that has another protocol now", async () => {
  const { port } = await limited();
  const upgraded: Socket[] = [];
  while (upgraded.length < MOST) {
    const socket = await connected(port);
    upgraded.push(socket);
    socket.write("GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n");
    await once(socket, "data");
  }
  await expect(ask(port, "/")).rejects.toThrow(/ECONNRESET|socket hang up/);
  expect(upgraded.map(({ destroyed }) => destroyed)).toEqual(upgraded.map(() => false));
});

it.each([
  ["a head of a megabyte", `GET / HTTP/1.1\r\nx: ${"y".repeat(1_000_000)}\r\n\r\n`, 431],
  ["a megabyte that is no HTTP", "no".repeat(500_000), 400],
])("tells a client that sends %s why it is refused", async (_, says, status) => {
  const { port } = await limited();
  const socket = await connected(port);
  const answer = text(socket);
  socket.end(says);
  expect(await answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});
