import { ensureCodeServer } from "../../../scripts/code-server.mjs";
import { sandboot } from "../contenders/sandboot.ts";
import { freePort } from "../workbench.ts";
import type { BootCase } from "./case.ts";

/** What a sidecar that leaves the agent the way is worth: the same boot with code-server, at normal and at low priority. */
export const sidecarPriority: BootCase = {
  name: "sidecar-priority",
  title: "code-server at normal priority, against low priority until the agent is ready",
  contenders: async (workbench) => {
    const { bin } = await ensureCodeServer();
    const command = [process.execPath, bin];
    const withCodeServer = async (priority: "normal" | "low") =>
      sandboot(workbench, {
        id: priority,
        config: { codeServer: { command, port: await freePort(), priority } },
      });
    return [await withCodeServer("normal"), await withCodeServer("low")];
  },
  baseline: "normal",
  measured: "low",
};
