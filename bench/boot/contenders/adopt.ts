import type { Contender } from "../../lib/alternate.ts";
import type { BootSample } from "../sample.ts";
import type { Workbench } from "../workbench.ts";
import { syncAndRunHook } from "./by-hand.ts";
import { inFreshFolder } from "./in-fresh-folder.ts";
import { startAndWait } from "./sandboot.ts";

/** A seed that is up is given its repository: from the request until prompts are let in. */
export function adopt(workbench: Workbench): Contender<BootSample> {
  return inFreshFolder(workbench, "adopt", async (folder, signal) => {
    await using seed = await startAndWait(workbench, folder, signal, "seed");
    const { durationMs } = await seed.client.adopt({}, signal);
    const { phases } = await seed.client.state(signal);
    const tookMs = phases.flatMap(({ id, startMs, endMs }) =>
      /^(workspace\.sync|hook|agent\.session)/.test(id) && startMs !== null && endMs !== null
        ? [[id, endMs - startMs] as const]
        : [],
    );
    return sample(durationMs, Object.fromEntries(tookMs));
  });
}

/** What nobody can be spared: fetch, checkout and start.sh, by hand. */
export function syncAndHook(workbench: Workbench): Contender<BootSample> {
  return inFreshFolder(workbench, "sync-and-hook", async () => {
    const startMs = performance.now();
    syncAndRunHook(workbench);
    return sample(performance.now() - startMs, {});
  });
}

function sample(sessionMs: number, phases: BootSample["phases"]): BootSample {
  return { listeningMs: null, sessionMs, readyMs: null, spawnedMs: null, phases };
}
