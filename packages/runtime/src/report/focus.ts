import type { BootReport } from "../protocol/index.ts";
import { criticalChain } from "./critical-chain.ts";

/**
 * The part of a report that somebody waited for. Of a boot that is all of it. Of a seed that was adopted it is the adopt:
 * the seed may have stood ready for hours before, which says nothing and would leave no room for anything else. Times are
 * then counted from the request.
 */
export function focusOf(report: BootReport): BootReport {
  const { adopt } = report;
  if (adopt === undefined || adopt.endedMs === null) return report;
  const since = (ms: number | null) => (ms === null ? null : ms - adopt.requestedMs);
  const own = report.phases.filter(({ id }) => adopt.phaseIds.includes(id));
  const critical = new Set(criticalChain(own));
  return {
    ...report,
    readyMs: adopt.status === "adopted" ? since(report.readyMs) : null,
    phases: own.map((phase) => ({
      ...phase,
      startMs: since(phase.startMs),
      endMs: since(phase.endMs),
      critical: critical.has(phase.id),
    })),
  };
}

/** How it ended, in a word: `ready`, `failed`, and `adopted` for a seed that was. */
export function outcomeOf({
  outcome,
  adopt,
}: BootReport): BootReport["outcome"] | "adopted" | "not adopted" {
  if (adopt === undefined || adopt.status === "adopting") return outcome;
  return adopt.status === "adopted" ? "adopted" : "not adopted";
}
