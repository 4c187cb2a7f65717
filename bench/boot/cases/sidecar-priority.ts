import { ensureCodeServer } from "../../../scripts/code-server.mjs";
import { sandboot } from "../contenders/sandboot.ts";
import { freePort } from "../workbench.ts";
import type { BootCase } from "./case.ts";

/**
 * Keeps every core busy, as an indexer or a development server does that builds first. code-server alone is no case: it has
 * done on one core what it has to before the agent, on another, has.
 */
const INDEXER = `
const { availableParallelism } = require("node:os");
const { Worker } = require("node:worker_threads");
for (let core = 0; core < availableParallelism(); core++) new Worker("for (;;);", { eval: true });
`;

/** What sidecars that leave the agent the way are worth: the same boot with them, at normal and at low priority. */
export const sidecarPriority: BootCase = {
  name: "sidecar-priority",
  title:
    "code-server and an indexer on every core: at normal priority, against low priority until the agent is ready",
  contenders: async (workbench) => {
    const { bin } = await ensureCodeServer();
    const command = [process.execPath, bin];
    const withSidecars = async (priority: "normal" | "low") =>
      sandboot(workbench, {
        id: priority,
        config: {
          codeServer: { command, port: await freePort(), priority },
          sidecars: [{ id: "indexer", command: [process.execPath, "-e", INDEXER], priority }],
        },
      });
    return [await withSidecars("normal"), await withSidecars("low")];
  },
  baseline: "normal",
  measured: "low",
};
