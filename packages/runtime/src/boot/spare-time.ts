import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { createStagePool, type StagePool } from "@sandboot/stager";
import type { EventBus } from "../observe/events/bus.ts";
import { NICENESS } from "../process/priority.ts";
import type { PromptWatch } from "./prompt-watch.ts";

/**
 * How long work for which nobody waits makes way for the first answer, in milliseconds. What the agent does once for the first prompt is over by
 * then. The answer itself may take minutes, and leaves the cores alone.
 */
const LONGEST_PAUSE_MS = 10_000;

/** How long it makes way for any other prompt: the agent computes that long before it waits for the model. */
const PAUSE_MS = 500;

/**
 * Waits until the first answer has ended, or the warm-up without a prompt: until then somebody may wait for the agent.
 *
 * @param signal - Ends the wait.
 */
export async function untilIdle(
  bus: Pick<EventBus, "state" | "subscribe">,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const unsubscribe = bus.subscribe(({ type }) => {
    if (type === "boot.warm") over.abort();
  });
  if (bus.state.warmMs !== null) over.abort();
  await delay(LONGEST_PAUSE_MS, undefined, {
    signal: AbortSignal.any([over.signal, signal]),
    ref: false,
  }).catch(() => {});
  unsubscribe();
}

/**
 * Does file work for which nobody waits: with one thread of low priority, which stands still while the agent works on
 * a prompt.
 *
 * @param prompts - Those that pass the bridge.
 */
export async function inSpareTime<T>(
  prompts: Pick<PromptWatch, "first" | "firstAnswer" | "next">,
  work: (pool: StagePool) => Promise<T>,
): Promise<T> {
  // The most would leave it no time at all beside an agent that keeps every core busy.
  await using pool = createStagePool({ maxThreads: 1, niceness: NICENESS.low });
  const over = new AbortController();
  void makeWay(prompts, pool, over.signal);
  try {
    return await work(pool);
  } finally {
    over.abort();
  }
}

/** Pauses the pool for each prompt, until `over`. Never rejects. */
async function makeWay(
  prompts: Pick<PromptWatch, "first" | "firstAnswer" | "next">,
  pool: Pick<StagePool, "pause" | "resume">,
  over: AbortSignal,
): Promise<void> {
  const wait = (ms: number) => delay(ms, undefined, { signal: over, ref: false }).catch(() => {});
  if (!prompts.first.aborted) await eitherAborted(prompts.next, over);
  while (!over.aborted) {
    pool.pause();
    await Promise.race([prompts.firstAnswer, wait(LONGEST_PAUSE_MS)]);
    await wait(PAUSE_MS);
    pool.resume();
    await eitherAborted(prompts.next, over);
  }
}

async function eitherAborted(...signals: readonly AbortSignal[]): Promise<void> {
  const signal = AbortSignal.any([...signals]);
  if (!signal.aborted) await once(signal, "abort");
}
