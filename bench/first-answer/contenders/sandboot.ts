import { setTimeout as delay } from "node:timers/promises";
import { inFreshFolder } from "../../boot/contenders/in-fresh-folder.ts";
import { type SandbootOptions, startSandboot } from "../../boot/contenders/sandboot.ts";
import type { Contender } from "../../lib/alternate.ts";
import { openSession, prompt, steady } from "../prompts.ts";
import type { AnswerSample } from "../sample.ts";
import type { AnswerBench } from "./options.ts";
import { useHome } from "./use-home.ts";

/**
 * When the first prompt comes: `at-the-door`: it asks for a session at once and waits, `when-ready`: as soon as the
 * sandbox is, `when-warm`: likewise.
 */
type Coming = "at-the-door" | "when-ready" | "when-warm";

/** A boot, and six prompts through its bridge. */
export function sandboot(
  bench: AnswerBench,
  options: {
    readonly id?: string;
    readonly coming: Coming;
    readonly agent?: object;
    readonly config?: object;
    readonly env?: Readonly<Record<string, string>>;
  },
): Contender<AnswerSample> {
  const { workbench } = bench;
  const { coming, id = `sandboot, ${coming}` } = options;
  return inFreshFolder(workbench, id, async (folder, signal) => {
    if (bench.usedHome === true) await useHome(bench, folder, signal);
    const { agent, config, env = {} } = options;
    const boot = { ...sandbootOptions(bench, agent, config), env };
    await using sandbox = await startSandboot(workbench, folder, boot, signal);
    const ready = sandbox.event("boot.ready");
    const warm = coming === "when-warm" ? sandbox.event("boot.warm") : null;
    const asked = { url: sandbox.bridgeUrl, signal };
    let sessionId = coming === "at-the-door" ? await atTheDoor(asked) : null;
    const readyMs = await ready;
    await warm;
    sessionId ??= (await sandbox.client.state(signal)).agent?.sessionId ?? null;
    if (sessionId === null) throw new Error("the boot made no session");
    const firstMs = await prompt({ ...asked, sessionId });
    const untilFirstMs = sandbox.sinceSpawnMs();
    return { readyMs, firstMs, untilFirstMs, steadyMs: await steady({ ...asked, sessionId }) };
  });
}

export function sandbootOptions(
  { agentConfig, startHook }: AnswerBench,
  agent: object = {},
  config: object = {},
): SandbootOptions {
  const hooks = startHook === undefined ? {} : { hooks: { start: startHook } };
  return { agent: { config: agentConfig, ...agent }, config: { ...config, ...hooks } };
}

const NOBODY_LISTENS_PAUSE_MS = 10;

/** Asks for a session again and again while nobody listens, then waits for it. */
async function atTheDoor(asked: { readonly url: string; readonly signal: AbortSignal }) {
  for (;;) {
    try {
      return await openSession(asked);
    } catch (error) {
      const { cause } = error as { readonly cause?: { readonly code?: string } };
      if (cause?.code !== "ECONNREFUSED") throw error;
      await delay(NOBODY_LISTENS_PAUSE_MS, undefined, { signal: asked.signal });
    }
  }
}
