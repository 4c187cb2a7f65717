import { concurrent, type Probes } from "./concurrent.ts";
import type { ReadinessProbe } from "./probe.ts";

/**
 * Ready when every one of several probes has succeeded, in whatever order. When one fails, the others are cancelled.
 *
 * @throws the error of the probe that failed first.
 */
export function allOf(...probes: Probes): ReadinessProbe {
  return concurrent(probes, async (waits) => {
    const results = await Promise.all(waits);
    const url = results.find((result) => result.url !== undefined)?.url;
    return {
      by: results.map(({ by }) => by).join(" and "),
      attempts: results.reduce((sum, { attempts }) => sum + attempts, 0),
      lagMs: Math.max(...results.map(({ lagMs }) => lagMs)),
      ...(url !== undefined && { url }),
    };
  });
}
