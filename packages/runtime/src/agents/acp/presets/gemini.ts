import { join } from "node:path";
import { plainAgent } from "../plain-agent.ts";
import type { AcpPreset } from "../preset.ts";

/** Gemini CLI, which speaks ACP itself. It opens settings.json for each session, and keeps the model of its start. */
export const gemini: AcpPreset = {
  title: "Gemini CLI",
  native: null,
  http: null,
  keys: ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
  instructions: ({ home }) => join(home, ".gemini", "GEMINI.md"),
  agent: plainAgent({
    // Else it starts itself a second time, for a larger heap, and loads its 17 MB twice.
    env: { GEMINI_CLI_NO_RELAUNCH: "true" },
    readOnce: ({ home }) => [
      ...["settings.json", "GEMINI.md", "agents", "skills", "trustedFolders.json"].map((name) =>
        join(home, ".gemini", name),
      ),
      join(home, ".gemini", "google_accounts.json"),
      join(home, ".agents", "skills"),
      join(home, ".env"),
      ...["settings.json", "system-defaults.json", "policies"].map((name) =>
        join("/etc/gemini-cli", name),
      ),
    ],
  }),
};
