import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { Contender } from "../../lib/alternate.ts";
import type { BootSample } from "../sample.ts";
import type { Workbench } from "../workbench.ts";
import { linkDependencies, stageTools, syncAndRunHook } from "./by-hand.ts";
import { inFreshFolder } from "./in-fresh-folder.ts";
import { polling } from "./readiness.ts";
import { serve } from "./serve.ts";

/**
 * The entrypoint that most images have today: one thing after the other, dependencies copied (once), health
 * asked every 500 ms with a time-out of 2 s. Each step is the program that such a script would run.
 */
export function entrypoint(workbench: Workbench): Contender<BootSample> {
  return inFreshFolder(workbench, "entrypoint", async (folder, signal) => {
    const config = await stageTools(workbench, folder);
    // To its favour: what else the agent would install, the image brought along.
    await linkDependencies(workbench, join(folder, "home", ".config", "opencode"));
    await linkDependencies(workbench, join(workbench.checkout, ".opencode"));
    const startMs = performance.now();
    syncAndRunHook(workbench);
    copyDependencies(workbench, config);
    const beforeMs = performance.now() - startMs;
    const readiness = polling({ everyMs: 500, timeoutMs: 2_000 });
    const { listeningMs, sessionMs, ...rest } = await serve(workbench, folder, readiness, signal);
    return {
      ...rest,
      listeningMs: listeningMs === null ? null : beforeMs + listeningMs,
      sessionMs: beforeMs + sessionMs,
      phases: { "everything before the agent": beforeMs },
    };
  });
}

/** Copies what the tools import, as such an entrypoint does. */
export function copyDependencies({ dependencies }: Workbench, target: string): void {
  const names = ["node_modules", "package.json", "package-lock.json"];
  execFileSync("cp", ["-a", ...names.map((name) => join(dependencies, name)), target]);
}
