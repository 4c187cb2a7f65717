import {
  type BootSummary,
  type RuntimeState,
  summarize,
  typicalBoot,
} from "@sandboot/runtime/protocol";

/** A boot that became ready. Others are compared with it. */
export interface ReadyBoot extends BootSummary {
  readonly readyMs: number;
}

/** @returns Null when the boot is not ready. */
export function summaryOf(state: RuntimeState): ReadyBoot | null {
  const summary = summarize(state);
  return isReady(summary) ? summary : null;
}

function isReady<Summary extends { readonly readyMs: number | null }>(
  summary: Summary,
): summary is Summary & { readonly readyMs: number } {
  return summary.readyMs !== null;
}

/** Adds a boot, or replaces the one with the same start; keeps the last `size`. */
export function remember(
  history: readonly ReadyBoot[],
  boot: ReadyBoot,
  size: number,
): readonly ReadyBoot[] {
  const others = history.filter(({ startedAt }) => startedAt !== boot.startedAt);
  const all = [...others, boot].sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  return size === Number.POSITIVE_INFINITY ? all : all.slice(Math.max(0, all.length - size));
}

/** A boot to compare with. */
export interface Compared {
  readonly readyMs: number;
  readonly phases: BootSummary["phases"];
}

/** The last boot before this one in the same mode. */
export function previousBoot(
  history: readonly ReadyBoot[],
  current: Pick<RuntimeState, "mode" | "startedAt">,
): Compared | null {
  return (
    history.findLast(
      ({ mode, startedAt }) => mode === current.mode && startedAt < current.startedAt,
    ) ?? null
  );
}

/** The p50 of the boots in the same mode, and their number; null when there are fewer than two. */
export function usualBoot(
  history: readonly ReadyBoot[],
  current: Pick<RuntimeState, "mode" | "startedAt">,
): { readonly boot: Compared; readonly count: number } | null {
  const boots = history.filter(
    ({ mode, startedAt }) => mode === current.mode && startedAt !== current.startedAt,
  );
  const boot = typicalBoot(boots);
  return boots.length < 2 || boot === null || !isReady(boot) ? null : { boot, count: boots.length };
}
