import { adopt, syncAndHook } from "../contenders/adopt.ts";
import type { BootCase } from "./case.ts";

/** What a warm sandbox adds to what its repository costs anyway (target: at most 0.3 s). */
export const adoptCase: BootCase = {
  name: "adopt",
  title: "a seed adopts its repository, against fetch, checkout and start.sh by hand",
  contenders: async (workbench) => [syncAndHook(workbench), adopt(workbench)],
  baseline: "sync-and-hook",
  measured: "adopt",
};
