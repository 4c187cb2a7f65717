import type { DefineCommand } from "../command.ts";
import { defineBuild } from "./build.ts";
import { defineDiff } from "./diff.ts";
import { defineInspect } from "./inspect.ts";
import { defineInstall } from "./install.ts";
import { defineUninstall } from "./uninstall.ts";
import { defineVerify } from "./verify.ts";

/** All commands in the order of the help: first those for image builds, then those for boots. */
export const commands: readonly DefineCommand[] = [
  defineBuild,
  defineVerify,
  defineInspect,
  defineDiff,
  defineInstall,
  defineUninstall,
];
