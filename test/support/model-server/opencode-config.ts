import type { ModelServer } from "./model-server.ts";

/** Configuration of OpenCode that makes the server its only model. A key stands in it as a user's would. */
export function openCodeConfigFor({ url }: Pick<ModelServer, "url">, apiKey = "stand-in-key") {
  return {
    model: "stand-in/words",
    small_model: "stand-in/words",
    provider: {
      "stand-in": {
        npm: "@ai-sdk/openai-compatible",
        name: "Stand-in",
        options: { baseURL: `${url}/v1`, apiKey },
        models: { words: { name: "Words" } },
      },
    },
  };
}
