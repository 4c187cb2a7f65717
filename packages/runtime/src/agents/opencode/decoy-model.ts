import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { randomBytes } from "../../base/random.ts";
import { DECOY_MODEL, type DecoyModelAddress } from "./decoy.ts";

/** What it answers to everything. */
export const DECOY_ANSWER = "Warm.";

/** A provider's API on loopback that gives one answer, to whoever has the key. It looks at no prompt. */
export interface DecoyModel extends DecoyModelAddress, AsyncDisposable {}

/** Starts it on a free port, with a random key. */
export async function startDecoyModel(): Promise<DecoyModel> {
  const key = randomBytes(24).toString("hex");
  const server = createServer((incoming, outgoing) => answer(incoming, outgoing, key));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    key,
    url: `http://127.0.0.1:${port}/v1`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** https://platform.openai.com/docs/api-reference/chat-streaming */
function answer(incoming: IncomingMessage, outgoing: ServerResponse, key: string): void {
  // Read to its end and not kept: it holds the agent's instructions.
  incoming.resume();
  if (incoming.headers.authorization !== `Bearer ${key}`) {
    outgoing.writeHead(401).end();
    return;
  }
  const chunk = (delta: object, finish_reason: string | null) => {
    const head = { id: "warm-up", object: "chat.completion.chunk", created: 0, model: DECOY_MODEL };
    return `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
  };
  outgoing.writeHead(200, { "content-type": "text/event-stream" });
  outgoing.write(chunk({ role: "assistant", content: DECOY_ANSWER }, null));
  outgoing.end(`${chunk({}, "stop")}data: [DONE]\n\n`);
}
