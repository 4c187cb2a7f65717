import type { BootReport, PhaseState } from "../protocol/index.ts";
import { focusOf } from "./focus.ts";

/** What a duration usually is. */
export interface Usual {
  readonly count: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

export interface Statistics {
  /** How many boots these figures come from. */
  readonly boots: number;
  /** Process start → ready. */
  readonly ready: Usual | null;
  readonly phases: ReadonlyMap<string, Usual>;
}

/**
 * What boots of one mode usually take. Only boots that ended well count, and of them only phases that did: a hook that
 * failed after 10 ms says nothing about how long it takes.
 */
export function statisticsOf(reports: readonly BootReport[], mode: BootReport["mode"]): Statistics {
  const good = reports
    .filter(
      ({ mode: other, outcome }) =>
        other === mode && outcome !== "failed" && outcome !== "cancelled",
    )
    .map(focusOf);
  const durations = new Map<string, number[]>();
  for (const { phases } of good) {
    for (const phase of phases) {
      const durationMs = durationOf(phase);
      if (phase.status !== "done" || durationMs === null) continue;
      const known = durations.get(phase.id);
      if (known === undefined) durations.set(phase.id, [durationMs]);
      else known.push(durationMs);
    }
  }
  const ready = good.flatMap(({ readyMs }) => (readyMs === null ? [] : [readyMs]));
  return {
    boots: good.length,
    ready: ready.length === 0 ? null : usual(ready),
    phases: new Map([...durations].map(([id, values]) => [id, usual(values)])),
  };
}

/** Milliseconds that a phase ran; null for one that never began or never ended. */
export function durationOf({
  startMs,
  endMs,
}: Pick<PhaseState, "startMs" | "endMs">): number | null {
  return startMs === null || endMs === null ? null : endMs - startMs;
}

/**
 * Percentile by the nearest rank: always a value that was measured, also of few.
 * @see https://en.wikipedia.org/wiki/Percentile#The_nearest-rank_method
 */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

function usual(values: readonly number[]): Usual {
  return { count: values.length, p50Ms: percentile(values, 50), p95Ms: percentile(values, 95) };
}
