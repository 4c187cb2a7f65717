import { byHand } from "../contenders/by-hand.ts";
import { sandboot } from "../contenders/sandboot.ts";
import type { AnswerCase } from "./case.ts";

/** Nothing can be warmed when somebody waits already. It must cost nothing then. */
export const atTheDoor: AnswerCase = {
  name: "at-the-door",
  title: "a boot with a prompt that waits from the start, with warm-up and without",
  contenders: async (bench) => {
    const cold = { warm: { process: "off", workspace: "off" } };
    return [
      byHand(bench),
      sandboot(bench, { coming: "at-the-door" }),
      sandboot(bench, { coming: "at-the-door", id: "sandboot, no warm-up", agent: cold }),
    ];
  },
  baseline: "by-hand",
};
