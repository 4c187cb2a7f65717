import { join } from "node:path";
import { HTTP_PORT } from "../../../acp-server/contract.ts";
import { promptKind } from "../../opencode/prompts.ts";
import { serverAccess, withServerPassword } from "../../opencode/server-access.ts";
import { workspaceHeaders } from "../../opencode/workspace-headers.ts";
import type { AcpPreset } from "../preset.ts";

/** OpenCode by ACP. It reads its configuration anew for each session (docs/opencode-facts.md#read-again). */
export const openCode: AcpPreset = {
  title: "OpenCode",
  env: { OPENCODE_DISABLE_MODELS_FETCH: "1", OPENCODE_DISABLE_AUTOUPDATE: "1" },
  native: null,
  http: {
    args: ["--hostname", "127.0.0.1", "--port", HTTP_PORT],
    withPassword: withServerPassword,
    access: serverAccess,
    promptKind,
    workspaceHeaders,
  },
  keys: [],
  instructions: ({ home, variable }) =>
    join(variable("XDG_CONFIG_HOME") ?? join(home, ".config"), "opencode", "AGENTS.md"),
  readOnce: () => [],
};
