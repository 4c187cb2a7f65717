import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { describe, expect, it } from "vitest";
import { requestJson } from "../../src/agents/http.ts";
import { serve } from "../support/serve.ts";

const never = new AbortController().signal;

function send(port: number, signal = never) {
  const url = new URL(`http://127.0.0.1:${port}/session`);
  return requestJson({ method: "POST", url, body: { a: 1 }, signal });
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
    await expect(send(port, abort.signal)).rejects.toMatchObject({ name: "AbortError" });
  });
});
