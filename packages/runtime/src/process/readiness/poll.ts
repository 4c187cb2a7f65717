import { setTimeout as delay } from "node:timers/promises";
import { type ReadinessProbe, untilExit } from "./probe.ts";

export interface PollOptions {
  /** The strategy's name, for the result: `tcp`, `file`, … */
  readonly by: string;
  /** Milliseconds between the end of one check and the start of the next. */
  readonly spacingMs: number;
}

/**
 * Repeats a check until it says yes. For strategies that cannot wait for an event.
 *
 * @param isReady - One check. It must settle when its signal is aborted, with whatever result.
 */
export function poll(
  { by, spacingMs }: PollOptions,
  isReady: (signal: AbortSignal) => Promise<boolean>,
): ReadinessProbe {
  return {
    wait: (target, signal) =>
      untilExit(target, signal, async (stop) => {
        let notReadyMs = performance.now();
        for (let attempts = 1; ; attempts++) {
          stop.throwIfAborted();
          const startMs = performance.now();
          if (await isReady(stop)) {
            return { by, attempts, lagMs: performance.now() - notReadyMs };
          }
          notReadyMs = startMs;
          await delay(spacingMs, undefined, { signal: stop });
        }
      }),
  };
}
