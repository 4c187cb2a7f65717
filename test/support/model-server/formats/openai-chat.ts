import type { ServerResponse } from "node:http";
import { byBody, type WireFormat } from "./format.ts";

/**
 * Chat completions, as OpenAI and the many that are compatible with it answer.
 *
 * @see https://platform.openai.com/docs/api-reference/chat-streaming
 */
export const openAiChat: WireFormat = {
  name: "openai-chat",
  accepts: ({ method, path }) => method === "POST" && path.endsWith("/chat/completions"),
  answer: byBody({ streamed, whole }),
};

function streamed(model: string, words: readonly string[], response: ServerResponse): void {
  const send = (choice: object, more: object = {}) => {
    const chunk = { ...head("chat.completion.chunk", model), choices: [choice], ...more };
    response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  };
  response.writeHead(200, { "content-type": "text/event-stream" });
  send({ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null });
  for (const content of words) send({ index: 0, delta: { content }, finish_reason: null });
  send({ index: 0, delta: {}, finish_reason: "stop" }, { usage: usage(words) });
  response.end("data: [DONE]\n\n");
}

function whole(model: string, words: readonly string[], response: ServerResponse): void {
  const message = { role: "assistant", content: words.join("") };
  const choices = [{ index: 0, message, finish_reason: "stop" }];
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ ...head("chat.completion", model), choices, usage: usage(words) }));
}

function head(object: string, model: string) {
  return { id: "stand-in", object, created: 0, model };
}

function usage({ length }: readonly string[]) {
  return { prompt_tokens: 1, completion_tokens: length, total_tokens: 1 + length };
}
