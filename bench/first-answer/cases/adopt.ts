import { adopt, syncAndHook } from "../contenders/adopt.ts";
import type { AnswerCase } from "./case.ts";

/** A warm seed: from the request to adopt until the first answer. */
export const adoptCase: AnswerCase = {
  name: "adopt",
  title: "a seed adopts its repository: the first prompt when it is ready, and when it is warm",
  contenders: async (bench) => [
    syncAndHook(bench),
    adopt(bench, "when-ready"),
    adopt(bench, "when-warm"),
  ],
  baseline: "sync-and-hook",
};
