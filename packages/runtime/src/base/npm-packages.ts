/** The npm packages of agents whose program has another name. */
const PACKAGES: ReadonlyMap<string, string> = new Map([
  ["claude-agent-acp", "@agentclientprotocol/claude-agent-acp"],
  ["codex-acp", "@agentclientprotocol/codex-acp"],
  ["gemini", "@google/gemini-cli"],
  ["opencode", "opencode-ai"],
]);

/** What to install for a missing program: `gemini (npm package @google/gemini-cli)` */
export function installable(program: string): string {
  const name = PACKAGES.get(program);
  return name === undefined ? program : `${program} (npm package ${name})`;
}
