import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bare } from "../contenders/bare.ts";
import { sandboot } from "../contenders/sandboot.ts";
import type { BootCase } from "./case.ts";

const HOOK_SECONDS = 1;

/** A start.sh that waits for something: hidden behind the agent's own start, or in front of it. */
export const slowHook: BootCase = {
  name: "slow-hook",
  title: `a start.sh of ${HOOK_SECONDS} s more, against a bare agent, and against starting it after the hook`,
  contenders: async (workbench) => {
    const start = join(workbench.workspace, "slow-start.sh");
    await writeFile(start, `#!/bin/sh\nsleep ${HOOK_SECONDS}\nexec .openinspect/start.sh\n`);
    await chmod(start, 0o755);
    const config = { hooks: { start } };
    return [
      bare(workbench),
      sandboot(workbench, { config }),
      sandboot(workbench, { id: "sequential", config, agent: { start: "after-hooks" } }),
    ];
  },
  baseline: "bare",
  measured: "sandboot",
};
