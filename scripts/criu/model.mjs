import { createServer } from "node:http";

const SAYS = "Yes, here I am.";

/** A stand-in for a model: a server on loopback that always says the same, and OpenCode's configuration for it. */
export async function startModel() {
  const server = createServer((incoming, outgoing) => {
    incoming.resume();
    const part = (choice) =>
      `data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", choices: [{ index: 0, ...choice }] })}\n\n`;
    outgoing.writeHead(200, { "content-type": "text/event-stream" });
    outgoing.write(part({ delta: { role: "assistant", content: SAYS }, finish_reason: null }));
    outgoing.end(`${part({ delta: {}, finish_reason: "stop" })}data: [DONE]\n\n`);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const options = { baseURL: `http://127.0.0.1:${port}/v1`, apiKey: "none" };
  const provider = { npm: "@ai-sdk/openai-compatible", options, models: { parrot: {} } };
  return {
    says: SAYS,
    config: { provider: { standin: provider }, model: "standin/parrot" },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
