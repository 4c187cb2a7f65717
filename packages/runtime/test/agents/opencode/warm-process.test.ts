import { createServer } from "node:http";
import { join } from "node:path";
import { expect, it } from "vitest";
import { DECOY_PROVIDER } from "../../../src/agents/opencode/decoy.ts";
import { warmProcess } from "../../../src/agents/opencode/warm-process.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { serve } from "../../support/serve.ts";

const PROMPT = "POST /session/one/message";

/** Answers as OpenCode does, except for a prompt, which it never answers, and tells of each request. */
async function agent(folder: string, onRequest: (request: string) => void) {
  const decoy = { id: "one", version: "1.18.33", directory: folder };
  const answers: Record<string, unknown> = {
    "GET /config": { enabled_providers: [DECOY_PROVIDER] },
    "POST /session": decoy,
    "GET /session": [decoy],
  };
  const port = await serve(
    createServer(({ method, url }, outgoing) => {
      const request = `${method} ${url}`;
      onRequest(request);
      if (request !== PROMPT) outgoing.end(JSON.stringify(answers[request] ?? {}));
    }),
  );
  return new URL(`http://127.0.0.1:${port}`);
}

it("ends a prompt that is cut off at once, and tidies up when nobody waits for the agent", async () => {
  const folder = join(await scratchFolder(), "decoy");
  const cut = new AbortController();
  const idle = Promise.withResolvers<void>();
  const waits = Promise.withResolvers<void>();
  const requests: string[] = [];
  const url = await agent(folder, (request) => {
    requests.push(request);
    if (request === PROMPT) cut.abort();
  });
  const to = {
    url,
    signal: cut.signal,
    onFirstRequest: async () => {},
    untilIdle: async () => {
      waits.resolve();
      await idle.promise;
    },
  };
  const warmed = warmProcess(to, {
    headers: {},
    folder,
    places: { folders: [], files: [], inline: {}, authFile: join(folder, "auth.json") },
    mayReadCatalogue: () => true,
  }).catch(() => {});
  await waits.promise;
  expect(requests.slice(requests.indexOf(PROMPT) + 1)).toEqual(["POST /session/one/abort"]);
  idle.resolve();
  await warmed;
  expect(requests).toContain("DELETE /session/one");
  expect(requests.at(-1)).toBe("POST /instance/dispose");
});
