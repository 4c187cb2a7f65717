import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { describe, expect, it } from "vitest";
import { requestJson } from "../../src/agents/http.ts";
import { serve } from "../support/serve.ts";

const never = new AbortController().signal;

function send(
  port: number,
  { signal = never, timeoutMs = 60_000, maxBytes = 1_000_000 }: Partial<Limits> = {},
) {
  const url = new URL(`http://127.0.0.1:${port}/session`);
  return requestJson({ method: "POST", url, body: { a: 1 }, signal, timeoutMs, maxBytes });
}

interface Limits {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

describe("a request to the agent", () => {
  it("has the answer, whatever its status", async () => {
    const port = await serve(
      createServer((incoming, outgoing) => {
        outgoing.statusCode = 500;
        incoming.pipe(outgoing);
      }),
    );
    expect(await send(port)).toEqual({ status: 500, body: '{"a":1}' });
  });

  it.each([
    ["before the answer", ""],
    ["in the middle of it", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"],
  ])("that is broken off %s is a failure that names the request", async (_, sent) => {
    const port = await serve(
      createTcpServer((socket) => {
        socket.once("data", () => socket.end(sent));
      }),
    );
    await expect(send(port)).rejects.toMatchObject({
      value: {
        code: "agent-session",
        problem: "no-answer",
        method: "POST",
        url: `http://127.0.0.1:${port}/session`,
        error: expect.stringMatching(/\w/),
      },
    });
  });

  it("that is aborted is no failure of the agent", async () => {
    const abort = new AbortController();
    const port = await serve(createServer(() => abort.abort()));
    await expect(send(port, { signal: abort.signal })).rejects.toMatchObject({
      name: "AbortError",
    });
  });

  it("C13: has a limit in time, also when the answer has begun and does not end", async () => {
    for (const begin of ["", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"]) {
      const port = await serve(
        createTcpServer((socket) => {
          socket.on("error", () => {});
          socket.write(begin);
        }),
      );
      await expect(send(port, { timeoutMs: 50 })).rejects.toMatchObject({
        value: { code: "agent-session", problem: "late", method: "POST", timeoutMs: 50 },
      });
    }
  });

  it("C13: has a limit in bytes: an answer without end is not read on", async () => {
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    const port = await serve(
      createServer((_, outgoing) => {
        const more = () => {
          while (!outgoing.destroyed && outgoing.write("x".repeat(65_536)));
        };
        outgoing.on("drain", more);
        outgoing.once("close", close);
        more();
      }),
    );
    await expect(send(port)).rejects.toMatchObject({
      value: { code: "agent-session", problem: "too-long", maxBytes: 1_000_000 },
    });
    await closed;
  });
});
