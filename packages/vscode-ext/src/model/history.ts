import type { BootMode, PhaseState, RuntimeState } from "@sandboot/runtime/protocol";

/** What is kept of a boot to compare others with. Times are milliseconds since its runtime's process started. */
export interface BootSummary {
  readonly startedAt: string;
  readonly mode: BootMode;
  readonly readyMs: number;
  readonly phases: readonly PhaseSpan[];
}

export interface PhaseSpan {
  readonly id: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** @returns Null unless the boot is ready: one that failed is no measure for others. */
export function summarize(state: RuntimeState): BootSummary | null {
  if (state.readyMs === null) return null;
  return {
    startedAt: state.startedAt,
    mode: state.mode,
    readyMs: state.readyMs,
    phases: state.phases.flatMap(spanOf),
  };
}

function spanOf({ id, startMs, endMs }: PhaseState): PhaseSpan[] {
  return startMs === null || endMs === null ? [] : [{ id, startMs, endMs }];
}

/** Adds a boot, or replaces what was kept of the same one; keeps the last `size`. */
export function remember(
  history: readonly BootSummary[],
  boot: BootSummary,
  size: number,
): readonly BootSummary[] {
  const others = history.filter(({ startedAt }) => startedAt !== boot.startedAt);
  const all = [...others, boot].sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  return size === Number.POSITIVE_INFINITY ? all : all.slice(Math.max(0, all.length - size));
}

/** The same mode's last boot before this one. */
export function previousBoot(
  history: readonly BootSummary[],
  current: Pick<RuntimeState, "mode" | "startedAt">,
): BootSummary | null {
  return (
    history.findLast(
      ({ mode, startedAt }) => mode === current.mode && startedAt < current.startedAt,
    ) ?? null
  );
}

/** Each phase's median start and end over the same mode's boots; null when there are fewer than two. */
export function medianBoot(
  history: readonly BootSummary[],
  current: Pick<RuntimeState, "mode" | "startedAt">,
): { readonly boot: BootSummary; readonly count: number } | null {
  const boots = history.filter(
    ({ mode, startedAt }) => mode === current.mode && startedAt !== current.startedAt,
  );
  if (boots.length < 2) return null;
  const spans = new Map<string, PhaseSpan[]>();
  for (const span of boots.flatMap(({ phases }) => phases)) {
    spans.set(span.id, [...(spans.get(span.id) ?? []), span]);
  }
  const boot: BootSummary = {
    startedAt: "",
    mode: current.mode,
    readyMs: median(boots.map(({ readyMs }) => readyMs)),
    phases: [...spans].map(([id, all]) => ({
      id,
      startMs: median(all.map(({ startMs }) => startMs)),
      endMs: median(all.map(({ endMs }) => endMs)),
    })),
  };
  return { boot, count: boots.length };
}

/** The middle of the values; between the two middle ones when their number is even. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
