import { setTimeout as delay } from "node:timers/promises";
import { createStagePool, type StagePool } from "@sandboot/stager";
import type { EventBus } from "../observe/events/bus.ts";
import type { PromptWatch } from "./prompt-watch.ts";

/**
 * How long work for which nobody waits makes way for the first answer, in milliseconds. What the agent does once for the first prompt is over by
 * then. The answer itself may take minutes, and leaves the cores alone.
 */
const LONGEST_PAUSE_MS = 10_000;

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
 * Does file work for which nobody waits: with one thread, which stands still while the agent works on the first prompt.
 *
 * @param prompts - Those that pass the bridge.
 */
export async function inSpareTime<T>(
  prompts: Pick<PromptWatch, "first" | "firstAnswer">,
  work: (pool: StagePool) => Promise<T>,
): Promise<T> {
  await using pool = createStagePool({ maxThreads: 1 });
  const over = new AbortController();
  const pause = async () => {
    pool.pause();
    const limit = delay(LONGEST_PAUSE_MS, undefined, { signal: over.signal, ref: false });
    await Promise.race([prompts.firstAnswer, limit]).catch(() => {});
    pool.resume();
  };
  if (prompts.first.aborted) void pause();
  else prompts.first.addEventListener("abort", pause, { once: true, signal: over.signal });
  try {
    return await work(pool);
  } finally {
    over.abort();
  }
}
