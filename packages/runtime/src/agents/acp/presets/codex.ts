import { join } from "node:path";
import { plainAgent } from "../plain-agent.ts";
import type { AcpPreset } from "../preset.ts";

/** As its packages name processors. */
const MACHINES: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" };

/** Codex by `@agentclientprotocol/codex-acp`, which starts `codex app-server` at once. */
export const codex: AcpPreset = {
  title: "Codex",
  // Else it starts the script of an npm package, which starts the program: with Node before 22.15 beside itself.
  native: {
    variable: "CODEX_PATH",
    modules: ["@openai/codex/bin/codex.js", `@openai/codex-linux-${process.arch}/package.json`],
    path: `vendor/${MACHINES[process.arch]}-unknown-linux-musl/bin/codex`,
  },
  http: null,
  keys: ["OPENAI_API_KEY", "CODEX_API_KEY"],
  instructions: ({ home, variable }) =>
    join(variable("CODEX_HOME") ?? join(home, ".codex"), "AGENTS.md"),
  agent: plainAgent({
    env: {},
    // Not the folders that it writes itself, such as skills/.system.
    readOnce: ({ home, variable }) => [
      ...["config.toml", "auth.json", ".env", "environments.toml", "rules"].map((name) =>
        join(variable("CODEX_HOME") ?? join(home, ".codex"), name),
      ),
      ...["config.toml", "managed_config.toml", "requirements.toml", "rules"].map((name) =>
        join("/etc/codex", name),
      ),
    ],
  }),
};
