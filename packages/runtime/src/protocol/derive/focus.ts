import type { AdoptState } from "../adopt.ts";
import type { PhaseState } from "../phase.ts";

interface Boot {
  readonly readyMs: number | null;
  readonly phases: readonly PhaseState[];
  readonly adopt?: AdoptState | undefined;
}

/**
 * The part of a boot that somebody waited for. For an ordinary boot that is all of it. For a seed that was adopted it is
 * the adopt alone: the seed may have waited for hours before. Times are then counted from the request to adopt.
 */
export function focusOf<B extends Boot>(boot: B): B {
  const originMs = originOf(boot);
  if (originMs === 0) return boot;
  const since = (ms: number | null) => (ms === null ? null : ms - originMs);
  const phases = boot.phases
    .filter(({ id }) => boot.adopt?.phaseIds.includes(id))
    .map((phase) => ({ ...phase, startMs: since(phase.startMs), endMs: since(phase.endMs) }));
  const readyMs = boot.adopt?.status === "adopted" ? since(boot.readyMs) : null;
  return { ...boot, readyMs, phases };
}

/** A moment of the runtime's clock, counted as {@link focusOf} counts. */
export function sinceFocus(boot: Pick<Boot, "adopt">, ms: number): number {
  return ms - originOf(boot);
}

/** When somebody began to wait: 0, or when the adopt was asked for. */
function originOf({ adopt }: Pick<Boot, "adopt">): number {
  return adopt === undefined || adopt.endedMs === null ? 0 : adopt.requestedMs;
}
