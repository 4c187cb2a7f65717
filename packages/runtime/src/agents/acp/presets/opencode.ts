import { join } from "node:path";
import type { AcpPreset } from "../preset.ts";

/** OpenCode by ACP. It reads its configuration anew for each session (docs/opencode-facts.md#read-again). */
export const openCode: AcpPreset = {
  title: "OpenCode",
  env: { OPENCODE_DISABLE_MODELS_FETCH: "1", OPENCODE_DISABLE_AUTOUPDATE: "1" },
  native: null,
  keys: [],
  instructions: ({ home, variable }) =>
    join(variable("XDG_CONFIG_HOME") ?? join(home, ".config"), "opencode", "AGENTS.md"),
  readOnce: () => [],
};
