import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { byHand, entrypoint } from "../contenders/by-hand.ts";
import { sandboot } from "../contenders/sandboot.ts";
import type { AnswerCase } from "./case.ts";

const HOOK_SECONDS = 2;

/** A start.sh that waits for something: time in which the agent can get ready and warm. */
export const slowHook: AnswerCase = {
  name: "slow-hook",
  title: `a start.sh of ${HOOK_SECONDS} s more; with the prompt at the door, when it is ready, and without the decoy`,
  contenders: async (bench) => {
    const startHook = join(bench.workbench.workspace, "slow-start.sh");
    await writeFile(startHook, `#!/bin/sh\nsleep ${HOOK_SECONDS}\nexec .openinspect/start.sh\n`);
    await chmod(startHook, 0o755);
    const slow = { ...bench, startHook };
    const cold = { warm: { process: "off" } };
    return [
      byHand(slow),
      entrypoint(slow),
      sandboot(slow, { coming: "at-the-door" }),
      sandboot(slow, { coming: "when-ready" }),
      sandboot(slow, { coming: "when-ready", id: "sandboot, no decoy", agent: cold }),
    ];
  },
  baseline: "by-hand",
};
