import { join } from "node:path";
import type { AcpPreset } from "../preset.ts";

/** Codex by `@agentclientprotocol/codex-acp`, which starts `codex app-server` at once. */
export const codex: AcpPreset = {
  title: "Codex",
  env: {},
  keys: ["OPENAI_API_KEY", "CODEX_API_KEY"],
  instructions: ({ home, variable }) =>
    join(variable("CODEX_HOME") ?? join(home, ".codex"), "AGENTS.md"),
  // Not the folders that it writes itself, such as skills/.system.
  readOnce: ({ home, variable }) => [
    ...["config.toml", "auth.json", ".env", "environments.toml", "rules"].map((name) =>
      join(variable("CODEX_HOME") ?? join(home, ".codex"), name),
    ),
    ...["config.toml", "managed_config.toml", "requirements.toml", "rules"].map((name) =>
      join("/etc/codex", name),
    ),
  ],
};
