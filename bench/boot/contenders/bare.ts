import { join } from "node:path";
import type { Contender } from "../../lib/alternate.ts";
import type { BootSample } from "../sample.ts";
import type { Workbench } from "../workbench.ts";
import { linkDependencies, stageTools, syncAndRunHook } from "./by-hand.ts";
import { inFreshFolder } from "./in-fresh-folder.ts";
import { logLine, type Readiness } from "./readiness.ts";
import { serve } from "./serve.ts";

/**
 * What the agent costs by itself: `opencode serve`, its log line, `POST /session`. Everything that a boot does for it has
 * been done by hand before the clock starts: checkout, hook, tools, skills, and every `node_modules` it would install.
 */
export function bare(
  workbench: Workbench,
  options: { readonly id?: string; readonly readiness?: Readiness } = {},
): Contender<BootSample> {
  return inFreshFolder(workbench, options.id ?? "bare", async (folder, signal) => {
    await stageByHand(workbench, folder);
    syncAndRunHook(workbench);
    await linkDependencies(workbench, join(workbench.checkout, ".opencode"));
    return await serve(workbench, folder, options.readiness ?? logLine, signal);
  });
}

async function stageByHand(workbench: Workbench, folder: string): Promise<void> {
  const config = await stageTools(workbench, folder);
  await linkDependencies(workbench, config);
  await linkDependencies(workbench, join(folder, "home", ".config", "opencode"));
}
