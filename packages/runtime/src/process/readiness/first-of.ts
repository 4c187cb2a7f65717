import { concurrent, type Probes } from "./concurrent.ts";
import type { ReadinessProbe } from "./probe.ts";

/**
 * Ready when one of several probes succeeds. The others are then cancelled.
 *
 * @throws the first probe's error when every probe has failed.
 */
export function firstOf(...probes: Probes): ReadinessProbe {
  return concurrent(probes, async (waits) => {
    try {
      return await Promise.any(waits);
    } catch (error) {
      throw error instanceof AggregateError ? error.errors[0] : error;
    }
  });
}
