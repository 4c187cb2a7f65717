import { sandboot } from "../contenders/sandboot.ts";
import type { BootCase } from "./case.ts";

/** What speculation saves: the same boot, with the agent started after the hooks as most images do today. */
export const sequential: BootCase = {
  name: "sequential",
  title: "agent started at once, against started after sync and hooks",
  contenders: async (workbench) => [
    sandboot(workbench, { id: "sequential", agent: { start: "after-hooks" } }),
    sandboot(workbench),
  ],
  baseline: "sequential",
  measured: "sandboot",
};
