import type { DefineCommand } from "../command.ts";
import { defineBuild } from "./build.ts";
import { defineDiff } from "./diff.ts";
import { defineInspect } from "./inspect.ts";
import { defineInstall } from "./install.ts";
import { defineUninstall } from "./uninstall.ts";
import { defineVerify } from "./verify.ts";

/** In the order of the help: at image build, then at boot. */
export const commands: readonly DefineCommand[] = [
  defineBuild,
  defineVerify,
  defineInspect,
  defineDiff,
  defineInstall,
  defineUninstall,
];
