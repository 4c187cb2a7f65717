import { criticalChain } from "../protocol/derive/critical-chain.ts";
import { durationOf, isUnderWay } from "../protocol/derive/times.ts";
import type { BootReport, ReportPhase } from "../protocol/index.ts";

/** How one phase changed from one boot to another. */
export type PhaseChange = {
  readonly phase: string;
  /** Whether it is on the critical chain of the second boot; of the first, when the second has no such phase. */
  readonly critical: boolean;
} & (
  | {
      readonly id: "both";
      readonly beforeMs: number;
      readonly afterMs: number;
      readonly deltaMs: number;
    }
  | { readonly id: "new"; readonly afterMs: number }
  | { readonly id: "gone"; readonly beforeMs: number }
  /** It ended in different ways. One of the reports may be from before its end. */
  | {
      readonly id: "other-end";
      readonly before: ReportPhase["status"];
      readonly after: ReportPhase["status"];
    }
);

export interface Comparison {
  readonly before: BootReport;
  readonly after: BootReport;
  /** Different ends first, then by size of the change; last those whose end one of the reports does not know. */
  readonly phases: readonly PhaseChange[];
  readonly joinedChain: readonly string[];
  readonly leftChain: readonly string[];
}

export function compareReports(before: BootReport, after: BootReport): Comparison {
  const old = new Map(before.phases.map((phase) => [phase.id, phase]));
  const now = new Map(after.phases.map((phase) => [phase.id, phase]));
  const ids = new Set([...now.keys(), ...old.keys()]);
  const [oldChain, newChain] = [criticalChain(before), criticalChain(after)];
  return {
    before,
    after,
    phases: [...ids].flatMap((id) => change(id, old.get(id), now.get(id))).sort(byWeight),
    joinedChain: newChain.filter((id) => !oldChain.includes(id)),
    leftChain: oldChain.filter((id) => !newChain.includes(id)),
  };
}

function change(
  phase: string,
  before: ReportPhase | undefined,
  after: ReportPhase | undefined,
): PhaseChange[] {
  const critical = (after ?? before)?.critical === true;
  const beforeMs = before === undefined ? null : durationOf(before);
  const afterMs = after === undefined ? null : durationOf(after);
  if (before !== undefined && after !== undefined && before.status !== after.status)
    return [{ id: "other-end", phase, critical, before: before.status, after: after.status }];
  if (beforeMs !== null && afterMs !== null)
    return [{ id: "both", phase, critical, beforeMs, afterMs, deltaMs: afterMs - beforeMs }];
  if (before === undefined && afterMs !== null) return [{ id: "new", phase, critical, afterMs }];
  if (after === undefined && beforeMs !== null) return [{ id: "gone", phase, critical, beforeMs }];
  return [];
}

function byWeight(a: PhaseChange, b: PhaseChange): number {
  return weight(b) - weight(a);
}

function weight(change: PhaseChange): number {
  switch (change.id) {
    case "other-end":
      return isUnderWay(change.before) || isUnderWay(change.after) ? -1 : Number.POSITIVE_INFINITY;
    case "new":
      return change.afterMs;
    case "gone":
      return change.beforeMs;
    case "both":
      return Math.abs(change.deltaMs);
    default:
      return change satisfies never;
  }
}
