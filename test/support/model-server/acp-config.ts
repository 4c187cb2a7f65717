import type { ModelServer } from "./model-server.ts";
import { openCodeConfigFor } from "./opencode-config.ts";

/** What makes the stand-in the model of an agent that speaks ACP. */
export interface AcpModelConfig {
  /** Variables with its key. */
  readonly keys: Readonly<Record<string, string>>;
  /** How a client has to authenticate; null where the key in the environment is enough. */
  readonly authMethod: string | null;
  /** The file below its home that names the model. */
  readonly file: string;
  readonly text: string;
}

export type AcpAgentName = "claude" | "codex" | "gemini" | "opencode";

const KEY = "stand-in-key";

const GEMINI_MODEL = "gemini-2.5-flash";

/** @param server - Of the stand-in. */
export function acpConfigFor(name: AcpAgentName, server: Pick<ModelServer, "url">): AcpModelConfig {
  const { url } = server;
  switch (name) {
    case "claude": {
      const env = { ANTHROPIC_BASE_URL: url, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1" };
      return {
        keys: { ANTHROPIC_API_KEY: KEY },
        authMethod: null,
        file: ".claude/settings.json",
        text: JSON.stringify({ env }),
      };
    }
    case "codex":
      return {
        keys: { OPENAI_API_KEY: KEY },
        authMethod: "api-key",
        file: ".codex/config.toml",
        text: codexConfig(url),
      };
    case "gemini":
      return {
        keys: { GEMINI_API_KEY: KEY, GOOGLE_GEMINI_BASE_URL: url },
        authMethod: "gemini-api-key",
        file: ".gemini/settings.json",
        // Without a model of one's own it asks another one which to take.
        text: JSON.stringify({ model: { name: GEMINI_MODEL } }),
      };
    case "opencode":
      return {
        keys: {},
        authMethod: null,
        file: ".config/opencode/opencode.json",
        text: JSON.stringify(openCodeConfigFor(server)),
      };
    default:
      return name satisfies never;
  }
}

const codexConfig = (url: string) => `model = "words"
model_provider = "stand-in"

[model_providers.stand-in]
name = "Stand-in"
base_url = "${url}/v1"
wire_api = "responses"
env_key = "OPENAI_API_KEY"
`;
