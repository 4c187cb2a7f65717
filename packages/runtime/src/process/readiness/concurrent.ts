import { type ProbeResult, type ProbeTarget, type ReadinessProbe, untilExit } from "./probe.ts";

export type Probes = readonly [ReadinessProbe, ...ReadinessProbe[]];

/**
 * Runs several probes at once. As soon as `settle` has its answer, or fails, the probes that still wait are cancelled and
 * awaited.
 */
export function concurrent(
  probes: Probes,
  settle: (waits: readonly Promise<ProbeResult>[]) => Promise<ProbeResult>,
): ReadinessProbe {
  return {
    wait: (target: ProbeTarget, signal: AbortSignal) =>
      untilExit(target, signal, async (stop) => {
        const settled = new AbortController();
        const either = AbortSignal.any([stop, settled.signal]);
        const waits = probes.map((probe) => probe.wait(target, either));
        try {
          return await settle(waits);
        } finally {
          settled.abort();
          await Promise.allSettled(waits);
        }
      }),
  };
}
