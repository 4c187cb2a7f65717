import { basename } from "node:path";

/** What provides a program that has another name, or that the config does not name. */
const PACKAGES: ReadonlyMap<string, { readonly of: "npm" | "Debian"; readonly name: string }> =
  new Map([
    ["claude-agent-acp", { of: "npm", name: "@agentclientprotocol/claude-agent-acp" }],
    ["codex-acp", { of: "npm", name: "@agentclientprotocol/codex-acp" }],
    ["gemini", { of: "npm", name: "@google/gemini-cli" }],
    ["opencode", { of: "npm", name: "opencode-ai" }],
    ["Xvfb", { of: "Debian", name: "xvfb" }],
    ["fluxbox", { of: "Debian", name: "fluxbox" }],
    ["x11vnc", { of: "Debian", name: "x11vnc" }],
    ["websockify", { of: "Debian", name: "novnc" }],
    ["vnc.html", { of: "Debian", name: "novnc" }],
  ]);

/** Whether a service that we configure starts it, so that no config names it. */
export function isOfService(program: string): boolean {
  return PACKAGES.get(basename(program))?.of === "Debian";
}

/** What to install for a missing program: `gemini (npm package @google/gemini-cli)`. */
export function installable(program: string): string {
  const found = PACKAGES.get(basename(program));
  return found === undefined ? program : `${program} (${found.of} package ${found.name})`;
}
