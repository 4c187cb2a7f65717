import type { Check } from "../check.ts";
import { agent } from "./agent.ts";
import { clock } from "./clock.ts";
import { config } from "./config.ts";
import { fileSystems } from "./file-systems.ts";
import { git } from "./git.ts";
import { hookTools } from "./hook-tools.ts";
import { ports } from "./ports.ts";
import { reaper } from "./reaper.ts";
import { codeServer, otherSidecars, ttyd } from "./sidecars.ts";
import { stateFolder } from "./state-folder.ts";
import { tini } from "./tini.ts";

/** Every check, in the order of the output. A new check is one file in this folder and one line here. */
export const checks: readonly Check[] = [
  config,
  git,
  hookTools,
  agent,
  stateFolder,
  fileSystems,
  ports,
  codeServer,
  ttyd,
  otherSidecars,
  reaper,
  tini,
  clock,
];
