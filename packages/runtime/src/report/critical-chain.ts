import type { PhaseState } from "../protocol/index.ts";

type Timed = Pick<PhaseState, "id" | "needs" | "status" | "startMs" | "endMs">;

/**
 * The chain of phases that decided how long the boot took: from `ready` (or, in a boot that never was, from the phase
 * that failed or else ended last) back to the need that ended last, and so on. First phase first.
 */
export function criticalChain(phases: readonly Timed[]): string[] {
  const ran = phases.filter(({ startMs, endMs }) => startMs !== null && endMs !== null);
  const byId = new Map(ran.map((phase) => [phase.id, phase]));
  const chain: string[] = [];
  for (
    let phase = byId.get("ready") ?? ran.find(({ status }) => status === "failed") ?? latest(ran);
    phase !== undefined;
    phase = latest(needsOf(phase, byId))
  ) {
    chain.unshift(phase.id);
  }
  return chain;
}

/** Without those that ended later: a phase that failed before its time did not wait for them. */
function needsOf({ needs, startMs }: Timed, byId: ReadonlyMap<string, Timed>): Timed[] {
  const ended = needs.flatMap((need) => byId.get(need) ?? []);
  return ended.filter(({ endMs }) => (endMs ?? 0) <= (startMs ?? 0));
}

function latest(phases: readonly Timed[]): Timed | undefined {
  return phases.reduce<Timed | undefined>(
    (last, phase) => (last === undefined || (phase.endMs ?? 0) > (last.endMs ?? 0) ? phase : last),
    undefined,
  );
}
