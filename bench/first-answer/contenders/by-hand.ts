import { join } from "node:path";
import { linkDependencies, runHook, stageTools, sync } from "../../boot/contenders/by-hand.ts";
import { copyDependencies } from "../../boot/contenders/entrypoint.ts";
import { inFreshFolder } from "../../boot/contenders/in-fresh-folder.ts";
import { logLine, polling, type Readiness } from "../../boot/contenders/readiness.ts";
import { startAgent } from "../../boot/contenders/serve.ts";
import type { Contender } from "../../lib/alternate.ts";
import { prompt, steady } from "../prompts.ts";
import type { AnswerSample } from "../sample.ts";
import type { AnswerBench } from "./options.ts";
import { useHome } from "./use-home.ts";

/** One thing after the other, by hand, with everything staged before the clock starts: fetch, hook, agent, session, prompt. */
export function byHand(bench: AnswerBench): Contender<AnswerSample> {
  return oneAfterTheOther(bench, { id: "by-hand", readiness: logLine, copies: false });
}

/** The usual entrypoint: the same, with the dependencies copied and health asked every 500 ms. */
export function entrypoint(bench: AnswerBench): Contender<AnswerSample> {
  const readiness = polling({ everyMs: 500, timeoutMs: 2_000 });
  return oneAfterTheOther(bench, { id: "entrypoint", readiness, copies: true });
}

function oneAfterTheOther(
  bench: AnswerBench,
  options: { readonly id: string; readonly readiness: Readiness; readonly copies: boolean },
): Contender<AnswerSample> {
  const { workbench, agentConfig } = bench;
  const { id, readiness, copies } = options;
  return inFreshFolder(workbench, id, async (folder, signal) => {
    const config = await stageTools(workbench, folder);
    if (!copies) await linkDependencies(workbench, config);
    await linkDependencies(workbench, join(folder, "home", ".config", "opencode"));
    if (bench.usedHome === true) await useHome(bench, folder, signal);
    await linkDependencies(workbench, join(workbench.checkout, ".opencode"));

    const startMs = performance.now();
    sync(workbench);
    runHook(workbench, bench.startHook);
    if (copies) copyDependencies(workbench, config);
    const env = { OPENCODE_CONFIG_CONTENT: JSON.stringify(agentConfig) };
    await using agent = await startAgent(workbench, folder, { readiness, signal, env });
    const readyMs = performance.now() - startMs;
    const asked = { ...agent, directory: workbench.checkout, signal };
    const firstMs = await prompt(asked);
    const untilFirstMs = performance.now() - startMs;
    return { readyMs, firstMs, untilFirstMs, steadyMs: await steady(asked) };
  });
}
