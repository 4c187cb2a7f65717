import { bare } from "../contenders/bare.ts";
import { logLine, polling } from "../contenders/readiness.ts";
import type { BootCase } from "./case.ts";

/** Ways to learn that the agent answers, on the same bare agent: the log line, or a poller of the usual kind. */
export const readiness: BootCase = {
  name: "readiness",
  title: "a bare agent, with its readiness learnt in three ways",
  contenders: async (workbench) => [
    bare(workbench, { id: "poll-500ms", readiness: polling({ everyMs: 500, timeoutMs: 2000 }) }),
    bare(workbench, { id: "poll-100ms", readiness: polling({ everyMs: 100, timeoutMs: 2000 }) }),
    bare(workbench, { id: "log-line", readiness: logLine }),
  ],
  baseline: "poll-500ms",
  measured: "log-line",
};
