import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { BindingDocument, RuntimeState } from "@sandboot/runtime/protocol";
import { syncAndRunHook } from "../boot/contenders/by-hand.ts";
import { inFreshFolder } from "../boot/contenders/in-fresh-folder.ts";
import { startSandboot } from "../boot/contenders/sandboot.ts";
import type { Workbench } from "../boot/workbench.ts";
import { prompt } from "../first-answer/prompts.ts";
import type { Contender } from "../lib/alternate.ts";
import type { AdoptSample } from "./sample.ts";

/** What was put off until the seed was up gets its turn. */
const SETTLE_MS = 1_000;

/** A seed that knows no tenant gets a binding, and then a prompt. */
export function bound(
  workbench: Workbench,
  id: string,
  binding: BindingDocument,
): Contender<AdoptSample> {
  return inFreshFolder(workbench, id, async (folder, signal) => {
    const config = { mode: "seed", repositories: [] };
    // A seed clones, because it has no checkout of anybody.
    const options = { config, freshWorkspace: true };
    await using seed = await startSandboot(workbench, folder, options, signal);
    await seed.event("boot.seeded");
    await delay(SETTLE_MS, undefined, { signal });
    const idle = await seed.client.state(signal);
    const memory = {
      runtimeMiB: await pssMiB(seed.pid),
      agentMiB: await pssMiB(idle.agent?.pid ?? 0),
    };
    const { origin: url, branch } = workbench;
    const repositories = [{ name: "shop", url, branch }];
    const startMs = performance.now();
    const { durationMs: readyMs } = await seed.client.adopt({ ...binding, repositories }, signal);
    const state = await seed.client.state(signal);
    const sessionId = state.agent?.sessionId;
    if (sessionId == null) throw new Error("the adopt made no session");
    await prompt({ url: seed.bridgeUrl, sessionId, signal });
    const untilFirstMs = performance.now() - startMs;
    return { readyMs, beyondMs: readyMs - syncAndHooksMs(state), untilFirstMs, ...memory };
  });
}

/** What no tenant can be spared, by hand: fetch, checkout and start.sh. */
export function byHand(workbench: Workbench): Contender<AdoptSample> {
  return inFreshFolder(workbench, "by hand", async () => {
    const startMs = performance.now();
    syncAndRunHook(workbench);
    const readyMs = performance.now() - startMs;
    return { readyMs, beyondMs: 0, untilFirstMs: 0, runtimeMiB: 0, agentMiB: 0 };
  });
}

function syncAndHooksMs({ phases }: RuntimeState): number {
  return phases
    .filter(({ id }) => /^(workspace\.sync|hook\.\w+):/.test(id))
    .reduce((sum, { startMs, endMs }) => sum + (endMs ?? 0) - (startMs ?? 0), 0);
}

async function pssMiB(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1]) / 1024;
}
