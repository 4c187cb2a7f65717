import { anthropicMessages } from "./anthropic-messages.ts";
import type { WireFormat } from "./format.ts";
import { gemini } from "./gemini.ts";
import { openAiChat } from "./openai-chat.ts";
import { openAiResponses } from "./openai-responses.ts";

/** All formats that the server knows. A request is answered in the first one that accepts it. */
export const formats: readonly WireFormat[] = [
  openAiChat,
  openAiResponses,
  anthropicMessages,
  gemini,
];
