/** The packages of programs that have another name, or that no config names. */
const PACKAGES: ReadonlyMap<string, string> = new Map([
  ["claude-agent-acp", "npm package @agentclientprotocol/claude-agent-acp"],
  ["codex-acp", "npm package @agentclientprotocol/codex-acp"],
  ["gemini", "npm package @google/gemini-cli"],
  ["opencode", "npm package opencode-ai"],
  ["Xvfb", "Debian package xvfb"],
  ["fluxbox", "Debian package fluxbox"],
  ["x11vnc", "Debian package x11vnc"],
  ["websockify", "Debian package novnc"],
  ["dockerd", "Debian package docker.io"],
]);

/** What to install for a missing program: `gemini (npm package @google/gemini-cli)`. */
export function installable(program: string): string {
  const name = PACKAGES.get(program);
  return name === undefined ? program : `${program} (${name})`;
}
