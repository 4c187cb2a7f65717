import { syncAndRunHook } from "../../boot/contenders/by-hand.ts";
import { inFreshFolder } from "../../boot/contenders/in-fresh-folder.ts";
import { startSandboot } from "../../boot/contenders/sandboot.ts";
import type { Contender } from "../../lib/alternate.ts";
import { prompt, steady } from "../prompts.ts";
import type { AnswerSample } from "../sample.ts";
import type { AnswerBench } from "./options.ts";
import { sandbootOptions } from "./sandboot.ts";

/** A seed that is up gets its repository: milliseconds from the request. */
export function adopt(
  bench: AnswerBench,
  coming: "when-ready" | "when-warm",
): Contender<AnswerSample> {
  const { workbench } = bench;
  return inFreshFolder(workbench, `adopt, ${coming}`, async (folder, signal) => {
    const options = sandbootOptions(bench);
    const config = { ...options.config, mode: "seed" };
    await using seed = await startSandboot(workbench, folder, { ...options, config }, signal);
    await seed.event("boot.seeded");
    const warm = coming === "when-warm" ? seed.event("boot.warm") : null;
    const startMs = performance.now();
    const { durationMs: readyMs } = await seed.client.adopt({}, signal);
    await warm;
    const { agent } = await seed.client.state(signal);
    if (agent?.sessionId == null) throw new Error("the adopt made no session");
    const asked = { url: seed.bridgeUrl, sessionId: agent.sessionId, signal };
    const firstMs = await prompt(asked);
    const untilFirstMs = performance.now() - startMs;
    return { readyMs, firstMs, untilFirstMs, steadyMs: await steady(asked) };
  });
}

/** What an adopt cannot avoid: fetch, checkout and start.sh, by hand. */
export function syncAndHook({ workbench }: AnswerBench): Contender<AnswerSample> {
  return inFreshFolder(workbench, "sync-and-hook", async () => {
    const startMs = performance.now();
    syncAndRunHook(workbench);
    const readyMs = performance.now() - startMs;
    return { readyMs, firstMs: 0, untilFirstMs: readyMs, steadyMs: 0 };
  });
}
