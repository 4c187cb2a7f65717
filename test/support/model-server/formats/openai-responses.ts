import type { WireFormat } from "./format.ts";

/**
 * Responses, streamed, as OpenAI answers.
 *
 * @see https://platform.openai.com/docs/api-reference/responses-streaming
 */
export const openAiResponses: WireFormat = {
  name: "openai-responses",
  accepts: ({ method, path }) => method === "POST" && path.endsWith("/v1/responses"),
  answer: (_, words, response) => {
    const send = (type: string, data: object) => {
      response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
    };
    const item = { id: "msg_1", type: "message", role: "assistant" };
    const content = [{ type: "output_text", text: words.join(""), annotations: [] }];
    const output = [{ ...item, status: "completed", content }];
    const head = { id: "resp_1", object: "response", created_at: 0 };
    const usage = {
      input_tokens: 1,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: words.length,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 1 + words.length,
    };
    response.writeHead(200, { "content-type": "text/event-stream" });
    send("response.created", { response: { ...head, status: "in_progress", output: [] } });
    send("response.output_item.added", {
      output_index: 0,
      item: { ...item, status: "in_progress", content: [] },
    });
    for (const delta of words) {
      const place = { item_id: item.id, output_index: 0, content_index: 0 };
      send("response.output_text.delta", { ...place, delta });
    }
    send("response.output_item.done", { output_index: 0, item: output[0] });
    send("response.completed", { response: { ...head, status: "completed", output, usage } });
    response.end();
  },
};
