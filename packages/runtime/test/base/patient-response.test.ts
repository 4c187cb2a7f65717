import { once } from "node:events";
import { createServer as plainServer, type RequestListener } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, expect, it, vi } from "vitest";
import { createServer } from "../../src/base/node-http.ts";
import { AFTER_ANSWER } from "../../src/base/patient-response.ts";
import { readLate } from "../support/late-reader.ts";
import { serve } from "../support/serve.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** More than the buffers of a connection take. */
const MUCH = 10_000_000;

const refuse: RequestListener = (_, outgoing) => {
  outgoing.statusCode = 413;
  outgoing.end("too long");
};

const listen = (listener: RequestListener) => serve(createServer(listener));

it.each([
  ["a body of a known length", {}],
  ["a chunked body", { chunked: true }],
])("an answer reaches a client that sends %s first", async (_, options) => {
  const answer = await readLate(await listen(refuse), "/", { bytes: MUCH, ...options });
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(answer).toMatch(/\r\nconnection: close\r\n/i);
  expect(answer).toMatch(/too long$/);
});

it("an answer is complete before the body is", async () => {
  const socket = connect(await listen(refuse), "127.0.0.1");
  socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${MUCH}\r\n\r\nfirst`);
  expect(await saidBy(socket, /too long$/)).toMatch(/content-length: 8\r\n/i);
  socket.destroy();
});

it("after an answer to a small body, the connection takes the next request", async () => {
  const answers: string[] = [];
  const port = await listen((incoming, outgoing) => {
    outgoing.statusCode = incoming.url === "/last" ? 404 : 401;
    outgoing.end();
  });
  const socket = connect(port, "127.0.0.1");
  for (const path of ["/first", "/last"]) {
    socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n`);
    answers.push(await saidBy(socket, /\r\n\r\n$/));
    socket.write("later");
  }
  expect(answers.map((answer) => answer.split(" ")[1])).toEqual(["401", "404"]);
  socket.destroy();
});

it("a body without end is read for so many bytes only", async () => {
  const socket = connect(await listen(refuse), "127.0.0.1").on("error", () => {});
  socket.write("POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
  const chunk = Buffer.from(`100000\r\n${"x".repeat(0x100000)}\r\n`);
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  let sent = 0;
  const more = () => {
    while (!socket.destroyed && sent < 4 * AFTER_ANSWER.bytes) {
      sent += chunk.length;
      if (!socket.write(chunk)) return;
    }
  };
  socket.on("drain", more).resume();
  more();
  await closed;
  expect(sent).toBeLessThan(2 * AFTER_ANSWER.bytes);
});

it("a body that does not come is waited for so long only", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  const socket = connect(await listen(refuse), "127.0.0.1");
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n");
  await saidBy(socket, /too long$/);
  vi.advanceTimersByTime(AFTER_ANSWER.ms);
  await closed;
});

it("ends what is piped into it, and takes a second end for none", async () => {
  const port = await listen((incoming, outgoing) => {
    outgoing.writeHead(200, { "content-length": 5 });
    outgoing.write("seven".slice(0, 3));
    outgoing.end("en");
    outgoing.end("again");
    incoming.resume();
  });
  expect(await readLate(port, "/", { bytes: MUCH, headers: { connection: "close" } })).toMatch(
    /\r\nseven$/,
  );
});

// What the tests above guard against. When Node does this itself, the class can go.
it("Node's own answer does not reach such a client", async () => {
  const port = await serve(
    plainServer((_, outgoing) => {
      outgoing.writeHead(413, { connection: "close" }).end("too long");
    }),
  );
  await expect(readLate(port, "/", { bytes: MUCH })).rejects.toThrow(/ECONNRESET|EPIPE/);
});

/** What comes until it looks like this. */
async function saidBy(socket: Socket, end: RegExp): Promise<string> {
  let said = "";
  while (!end.test(said)) said += String((await once(socket, "data"))[0]);
  return said;
}
