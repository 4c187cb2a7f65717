import type { WireFormat } from "./format.ts";
import { openAiChat } from "./openai-chat.ts";

/** All formats that the server knows. A request is answered in the first one that accepts it. */
export const formats: readonly WireFormat[] = [openAiChat];
