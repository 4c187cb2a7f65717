import type { BootSummary, PhaseSpan } from "../history.ts";
import type { PhaseState } from "../phase.ts";
import type { RuntimeState } from "../state.ts";
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

/** Takes from a state or a report what a summary keeps. */
export function summarize(
  boot: Pick<RuntimeState, "startedAt" | "mode" | "readyMs" | "phases" | "adopt">,
): BootSummary {
  const { startedAt, mode, readyMs, phases } = focusOf(boot);
  return { startedAt, mode, readyMs, phases: phases.flatMap(spanOf) };
}

function spanOf({ id, status, startMs, endMs }: PhaseState): PhaseSpan[] {
  return status !== "done" || startMs === null || endMs === null ? [] : [{ id, startMs, endMs }];
}

/** What boots usually take, and each of their phases. */
export function statisticsOf(boots: readonly BootSummary[]): Statistics {
  const ready = boots.flatMap(({ readyMs }) => readyMs ?? []);
  const durations = [...spansById(boots)].map(
    ([id, spans]) => [id, spans.map(({ startMs, endMs }) => endMs - startMs)] as const,
  );
  return {
    boots: boots.length,
    ready: ready.length === 0 ? null : usual(ready),
    phases: new Map(durations.map(([id, values]) => [id, usual(values)])),
  };
}

function spansById(boots: readonly BootSummary[]): Map<string, PhaseSpan[]> {
  const spans = new Map<string, PhaseSpan[]>();
  for (const span of boots.flatMap(({ phases }) => phases)) {
    const known = spans.get(span.id);
    if (known === undefined) spans.set(span.id, [span]);
    else known.push(span);
  }
  return spans;
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
