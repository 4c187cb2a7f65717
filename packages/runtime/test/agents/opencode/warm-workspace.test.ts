import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { expect, it } from "vitest";
import { warmWorkspace } from "../../../src/agents/opencode/warm-workspace.ts";
import { serve } from "../../support/serve.ts";

/** More than the buffers of a connection take, so that it is sent only to somebody who reads. */
const LONG_ANSWER = Buffer.alloc(16 * 1024 * 1024);

/** An agent that answers when both reads have come. */
async function agent(onBoth: (waiting: readonly ServerResponse[]) => void): Promise<URL> {
  const waiting: ServerResponse[] = [];
  const port = await serve(
    createServer((_, outgoing) => {
      if (waiting.push(outgoing) === 2) onBoth(waiting);
    }),
  );
  return new URL(`http://127.0.0.1:${port}`);
}

it("sends all reads at once", async () => {
  const asked: (string | undefined)[] = [];
  const url = await agent((waiting) => {
    for (const outgoing of waiting) {
      asked.push(outgoing.req.url);
      outgoing.end("{}");
    }
  });
  await warmWorkspace({ url, headers: {}, signal: new AbortController().signal });
  expect(asked.sort()).toEqual(["/config/providers", "/file?path=."]);
});

it("does not wait for them when it is ended, and breaks none off", async () => {
  const cut = new AbortController();
  const reason = new Error("a prompt has come");
  const waits = Promise.withResolvers<readonly ServerResponse[]>();
  const url = await agent((waiting) => {
    waits.resolve(waiting);
    cut.abort(reason);
  });
  await expect(warmWorkspace({ url, headers: {}, signal: cut.signal })).rejects.toBe(reason);
  for (const outgoing of await waits.promise) {
    outgoing.end(LONG_ANSWER);
    await once(outgoing, "close");
    expect(outgoing.writableFinished).toBe(true);
  }
});
