import type { ServerResponse } from "node:http";
import { byBody, type WireFormat } from "./format.ts";

/**
 * Messages, as Anthropic answers.
 *
 * @see https://docs.anthropic.com/en/api/messages-streaming
 */
export const anthropicMessages: WireFormat = {
  name: "anthropic-messages",
  accepts: ({ method, path }) => method === "POST" && path.endsWith("/v1/messages"),
  answer: byBody({ streamed, whole }),
};

function streamed(model: string, words: readonly string[], response: ServerResponse): void {
  const send = (type: string, data: object) => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  };
  response.writeHead(200, { "content-type": "text/event-stream" });
  send("message_start", { message: { ...message(model), content: [], stop_reason: null } });
  send("content_block_start", { index: 0, content_block: { type: "text", text: "" } });
  for (const text of words) {
    send("content_block_delta", { index: 0, delta: { type: "text_delta", text } });
  }
  send("content_block_stop", { index: 0 });
  const delta = { stop_reason: "end_turn", stop_sequence: null };
  send("message_delta", { delta, usage: { output_tokens: words.length } });
  send("message_stop", {});
  response.end();
}

function whole(model: string, words: readonly string[], response: ServerResponse): void {
  const content = [{ type: "text", text: words.join("") }];
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ ...message(model), content, stop_reason: "end_turn" }));
}

function message(model: string) {
  const usage = { input_tokens: 1, output_tokens: 1 };
  return { id: "msg_1", type: "message", role: "assistant", model, stop_sequence: null, usage };
}
