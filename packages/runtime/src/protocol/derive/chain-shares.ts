import type { PhaseState } from "../phase.ts";
import { criticalChain, type TimedBoot } from "./critical-chain.ts";
import { durationOf, firstStartOf } from "./times.ts";

/** A part of what a boot waited for. */
export interface ChainShare {
  /** Null for sandboot itself: what it does before the first phase. */
  readonly id: PhaseState["id"] | null;
  readonly tookMs: number;
  /** Of all that was waited for: 0 to 1. */
  readonly share: number;
}

/** What a boot waited for, and how much of its time each part took: sandboot itself, then the critical chain. */
export function chainShares(boot: TimedBoot): ChainShare[] {
  const byId = new Map(boot.phases.map((phase) => [phase.id, phase]));
  const phases = criticalChain(boot).flatMap((id) => byId.get(id) ?? []);
  if (phases.length === 0) return [];
  const parts = [
    { id: null, tookMs: firstStartOf(boot.phases) ?? 0 },
    ...phases.map((phase) => ({ id: phase.id, tookMs: durationOf(phase) ?? 0 })),
  ];
  const totalMs = Math.max(
    parts.reduce((sum, { tookMs }) => sum + tookMs, 0),
    Number.MIN_VALUE,
  );
  return parts.map((part) => ({ ...part, share: part.tookMs / totalMs }));
}

/** `84 %`, `<1 %`. */
export function formatShare(share: number): string {
  return `${share > 0 && share < 0.01 ? "<1" : Math.round(share * 100)} %`;
}
