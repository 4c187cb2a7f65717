import type { ConfigFile } from "./schema.ts";

/** What starts each agent that speaks ACP, unless `agent.command` says something else. */
const PRESET_COMMANDS = {
  claude: ["claude-agent-acp"],
  codex: ["codex-acp"],
  gemini: ["gemini", "--acp"],
  opencode: ["opencode", "acp"],
} as const satisfies Record<NonNullable<ConfigFile["agent"]["preset"]>, readonly string[]>;

/** The agent's command; undefined when neither the config nor a preset has one. */
export function agentCommand({
  command,
  preset,
}: ConfigFile["agent"]): readonly string[] | undefined {
  if (command !== undefined) return command;
  return preset === undefined ? undefined : PRESET_COMMANDS[preset];
}
