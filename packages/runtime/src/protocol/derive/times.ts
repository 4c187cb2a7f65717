import type { PhaseState, PhaseStatus } from "../phase.ts";
import type { ProcessStatus } from "../process.ts";

type Timed = Pick<PhaseState, "startMs" | "endMs">;

/** Whether a phase runs, or still may. */
export function isUnderWay(status: PhaseStatus): boolean {
  return status === "running" || status === "pending";
}

/** Milliseconds that a phase ran; null when it never began or has not ended. */
export function durationOf({ startMs, endMs }: Timed): number | null {
  return startMs === null || endMs === null ? null : endMs - startMs;
}

/**
 * Milliseconds that a phase ran, or has been running; null when it never began.
 *
 * @param nowMs - Milliseconds since the runtime's process started.
 */
export function elapsedOf({ startMs, endMs }: Timed, nowMs: number): number | null {
  return startMs === null ? null : Math.max(0, (endMs ?? nowMs) - startMs);
}

/**
 * Milliseconds from the first start to the last end of some phases, or until now while one of them is under way; null
 * when none has begun.
 *
 * @param nowMs - Milliseconds since the runtime's process started.
 */
export function elapsedOfAll(
  phases: readonly (Timed & Pick<PhaseState, "status">)[],
  nowMs: number,
): number | null {
  const startMs = firstStartOf(phases);
  if (startMs === null) return null;
  const ends = phases.flatMap(({ endMs }) => endMs ?? []);
  const open = phases.some(({ status }) => isUnderWay(status));
  return Math.max(0, (open ? nowMs : Math.max(...ends)) - startMs);
}

/** How long a process took until it was ready, and how long it has been ready. Null while it is not. */
export function readinessOf(
  status: ProcessStatus,
  nowMs: number,
): { readonly tookMs: number; readonly sinceMs: number } | null {
  if (status.id !== "running") return null;
  return { tookMs: status.readyMs - status.sinceMs, sinceMs: nowMs - status.readyMs };
}

/** When the first of some phases began; null when none has. Until then, sandboot itself was at work. */
export function firstStartOf(phases: readonly Pick<Timed, "startMs">[]): number | null {
  const starts = phases.flatMap(({ startMs }) => startMs ?? []);
  return starts.length === 0 ? null : Math.min(...starts);
}

/** In the order in which they began. Those that have not begun stand last, in the order in which they came. */
export function inStartOrder<Phase extends Pick<Timed, "startMs">>(
  phases: readonly Phase[],
): Phase[] {
  return phases.toSorted(
    (a, b) => (a.startMs ?? Number.MAX_VALUE) - (b.startMs ?? Number.MAX_VALUE),
  );
}

/**
 * The runtime's clock, read from another process: milliseconds since the runtime's process started.
 *
 * @param wallMs - `Date.now()`.
 */
export function runtimeNowMs(
  { startedAt, phases }: { readonly startedAt: string; readonly phases: readonly Timed[] },
  wallMs: number,
): number {
  // The clocks of two machines may disagree, but no event of the state lies in the future.
  const past = phases.flatMap(({ startMs, endMs }) => [startMs ?? 0, endMs ?? 0]);
  return Math.max(wallMs - Date.parse(startedAt), 0, ...past);
}
