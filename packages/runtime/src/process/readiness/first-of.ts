import { type ReadinessProbe, untilExit } from "./probe.ts";

/**
 * Ready when one of several probes says so; the others are stopped and awaited.
 *
 * @throws the first probe's error when every one of them has failed.
 */
export function firstOf(...probes: readonly [ReadinessProbe, ...ReadinessProbe[]]): ReadinessProbe {
  return {
    wait: (target, signal) =>
      untilExit(target, signal, async (stop) => {
        const over = new AbortController();
        const waits = probes.map((probe) =>
          probe.wait(target, AbortSignal.any([stop, over.signal])),
        );
        try {
          return await Promise.any(waits);
        } catch (error) {
          throw error instanceof AggregateError ? error.errors[0] : error;
        } finally {
          over.abort();
          await Promise.allSettled(waits);
        }
      }),
  };
}
