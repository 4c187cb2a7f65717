import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { byHand, entrypoint } from "../contenders/by-hand.ts";
import { sandboot } from "../contenders/sandboot.ts";
import type { AnswerCase } from "./case.ts";

/** A start.sh that waits for something: time in which the agent can get ready, and hardly any to get warm. */
export const slowHook = withHookOf(2, "slow-hook");

/** A start.sh that takes as long as an installation of packages does: the decoy's prompt is answered meanwhile. */
export const longHook = withHookOf(6, "long-hook");

function withHookOf(seconds: number, name: string): AnswerCase {
  return {
    name,
    title: `a start.sh of ${seconds} s more; with the prompt at the door, when it is ready, and without the decoy`,
    contenders: async (bench) => {
      const startHook = join(bench.workbench.workspace, `${name}.sh`);
      await writeFile(startHook, `#!/bin/sh\nsleep ${seconds}\nexec .openinspect/start.sh\n`);
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
}
