import type { WireFormat } from "./format.ts";

const STREAMED = ":streamGenerateContent";

/**
 * Generated content, as the Gemini API answers: streamed, or whole.
 *
 * @see https://ai.google.dev/api/generate-content
 */
export const gemini: WireFormat = {
  name: "gemini",
  accepts: ({ method, path }) => method === "POST" && /:(streamG|g)enerateContent$/.test(path),
  answer: ({ path }, words, response) => {
    const content = (text: string, more: object = {}) => ({
      candidates: [{ index: 0, content: { role: "model", parts: [{ text }] }, ...more }],
    });
    const usage = { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 };
    const end = { finishReason: "STOP" };
    if (!path.endsWith(STREAMED)) {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ ...content(words.join(""), end), usageMetadata: usage }));
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const word of words) response.write(`data: ${JSON.stringify(content(word))}\n\n`);
    const last = { ...content("", end), usageMetadata: usage };
    response.end(`data: ${JSON.stringify(last)}\n\n`);
  },
};
