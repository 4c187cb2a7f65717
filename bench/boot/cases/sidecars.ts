import { ensureCodeServer } from "../../../scripts/code-server.mjs";
import { ensureTtyd } from "../../../scripts/ttyd.mjs";
import { sandboot } from "../contenders/sandboot.ts";
import { freePort } from "../workbench.ts";
import type { BootCase } from "./case.ts";

/** What code-server and ttyd cost the agent that starts beside them. */
export const sidecars: BootCase = {
  name: "sidecars",
  title: "a boot with code-server and ttyd, against one without",
  contenders: async (workbench) => {
    const { bin } = await ensureCodeServer();
    const { path } = await ensureTtyd();
    const config = {
      codeServer: { command: [process.execPath, bin], port: await freePort() },
      terminal: { command: [path], port: await freePort() },
    };
    return [sandboot(workbench), sandboot(workbench, { id: "with-sidecars", config })];
  },
  baseline: "sandboot",
  measured: "with-sidecars",
};
