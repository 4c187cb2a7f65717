import { type ReadinessProbe, untilExit } from "./probe.ts";

/**
 * Ready when every one of several probes has said so, in whatever order. When one fails the others are stopped and
 * awaited.
 *
 * @throws the error of the probe that failed first.
 */
export function allOf(...probes: readonly [ReadinessProbe, ...ReadinessProbe[]]): ReadinessProbe {
  return {
    wait: (target, signal) =>
      untilExit(target, signal, async (stop) => {
        const over = new AbortController();
        const waits = probes.map((probe) =>
          probe.wait(target, AbortSignal.any([stop, over.signal])),
        );
        try {
          const results = await Promise.all(waits);
          const told = results.find(({ url }) => url !== undefined);
          return {
            by: results.map(({ by }) => by).join(" and "),
            attempts: results.reduce((sum, { attempts }) => sum + attempts, 0),
            lagMs: Math.max(...results.map(({ lagMs }) => lagMs)),
            ...(told?.url !== undefined && { url: told.url }),
          };
        } finally {
          over.abort();
          await Promise.allSettled(waits);
        }
      }),
  };
}
