import { HTTP_PORT } from "../../../acp-server/contract.ts";
import { promptKind } from "../../opencode/prompts.ts";
import { serverAccess, withServerPassword } from "../../opencode/server-access.ts";
import { openByAcp } from "../../opencode/session.ts";
import { openCodeSetup } from "../../opencode/setup.ts";
import { workspaceHeaders } from "../../opencode/workspace-headers.ts";
import type { AcpAgent, AcpPreset } from "../preset.ts";

/** OpenCode by ACP. Its HTTP server runs in the same process, so it is set up as the one of kind `opencode`. */
export const openCode: AcpPreset = {
  title: "OpenCode",
  native: null,
  http: {
    args: ["--hostname", "127.0.0.1", "--port", HTTP_PORT],
    withPassword: withServerPassword,
    access: serverAccess,
    promptKind,
    workspaceHeaders,
  },
  keys: [],
  // They are in its configuration.
  instructions: null,
  agent: (config, headers) => {
    const { server, warm, ...setup } = openCodeSetup(config, headers ?? {});
    const asked: Pick<AcpAgent, "warm" | "openWorkspace"> =
      headers === null
        ? { warm: { process: null, workspace: null }, openWorkspace: (_, open) => open() }
        : { warm, openWorkspace: (to, open) => openByAcp({ ...server(), ...to }, open) };
    return {
      ...setup,
      ...asked,
      // It makes an instance of the folder that it is started in.
      startsBesideStage: false,
      // The keys of providers are in its own file.
      authMethod: null,
    };
  },
};
