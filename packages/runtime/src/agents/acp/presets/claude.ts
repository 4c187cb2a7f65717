import { join } from "node:path";
import { plainAgent } from "../plain-agent.ts";
import type { AcpPreset } from "../preset.ts";

/** Claude Code by `@agentclientprotocol/claude-agent-acp`. Each session is a process of its own, which reads all settings. */
export const claude: AcpPreset = {
  title: "Claude Code",
  native: null,
  http: null,
  keys: ["ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN"],
  instructions: ({ home, variable }) =>
    join(variable("CLAUDE_CONFIG_DIR") ?? join(home, ".claude"), "CLAUDE.md"),
  agent: plainAgent({
    // The second one: a quarter of the CPU that a session takes (docs/agents.md#what-each-does-before-the-first-prompt).
    env: { DISABLE_AUTOUPDATER: "1", CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1" },
    readOnce: () => [
      "/etc/claude-code/managed-settings.json",
      "/etc/claude-code/managed-settings.d",
    ],
  }),
};
