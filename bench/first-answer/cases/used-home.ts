import { byHand } from "../contenders/by-hand.ts";
import { sandboot } from "../contenders/sandboot.ts";
import type { AnswerCase } from "./case.ts";

/** A home with a database, a log and caches, as a snapshot or a volume carries it. */
export const usedHome: AnswerCase = {
  name: "used-home",
  title: "a boot in a home in which an agent has answered before",
  contenders: async (bench) => {
    const used = { ...bench, usedHome: true };
    return [
      byHand(used),
      sandboot(used, { coming: "when-ready" }),
      sandboot(used, { coming: "when-warm" }),
    ];
  },
  baseline: "by-hand",
};
