import type { FuzzTarget } from "../target.ts";
import { configFile, sessionConfig } from "./config.ts";
import { events, reportFile, sse } from "./events.ts";
import { api, bridge } from "./http.ts";
import { journal, stageFiles } from "./stage.ts";

/** Everything that reads what others write. A new reader is a target and a line here. */
export const targets: readonly FuzzTarget[] = [
  configFile,
  sessionConfig,
  stageFiles,
  journal,
  events,
  sse,
  reportFile,
  api,
  bridge,
];
