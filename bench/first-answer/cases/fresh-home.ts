import { byHand, entrypoint } from "../contenders/by-hand.ts";
import { sandboot } from "../contenders/sandboot.ts";
import type { AnswerCase } from "./case.ts";

/** What a new sandbox is: an agent that has never run in this home. */
export const freshHome: AnswerCase = {
  name: "fresh-home",
  title:
    "a boot in a home that no agent has used: the first prompt when it is ready, and when it is warm",
  contenders: async (bench) => [
    byHand(bench),
    entrypoint(bench),
    sandboot(bench, { coming: "when-ready" }),
    sandboot(bench, { coming: "when-warm" }),
  ],
  baseline: "by-hand",
};
