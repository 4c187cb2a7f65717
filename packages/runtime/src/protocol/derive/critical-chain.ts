import type { AdoptState } from "../adopt.ts";
import type { PhaseState } from "../phase.ts";
import type { RuntimeState } from "../state.ts";

type TimedPhase = Pick<PhaseState, "id" | "needs" | "status" | "startMs" | "endMs">;

/** What the chain is read from: a state, a report, or a part of one. */
export interface TimedBoot {
  /** Of a state. A report has none: it is written when its boot has ended. */
  readonly status?: RuntimeState["status"];
  readonly phases: readonly TimedPhase[];
  readonly fatal: { readonly phase: string } | null;
  readonly adopt?: AdoptState | undefined;
}

/**
 * The chain of phases that decided how long a boot took. It ends with the phase that decided the boot, and goes back
 * from each phase to the one of its needs that ended last.
 *
 * The deciding phase is the one that failed, else `ready`, else (a signal ended the boot) the one that ended last. A
 * phase that never ran is never part of the chain.
 *
 * @returns Ids, first phase first. Empty while the boot runs: nothing is decided yet.
 */
export function criticalChain(boot: TimedBoot): string[] {
  if (boot.status === "idle" || boot.status === "booting") return [];
  const ran = boot.phases.filter(({ startMs, endMs }) => startMs !== null && endMs !== null);
  const byId = new Map(ran.map((phase) => [phase.id, phase]));
  const chain: string[] = [];
  let phase = decidingPhase(boot, ran);
  // A checked plan has no ring, but the state may come from a runtime that is not ours.
  while (phase !== undefined && !chain.includes(phase.id)) {
    chain.unshift(phase.id);
    phase = lastEnded(waitedFor(phase, byId));
  }
  return chain;
}

function decidingPhase(
  { fatal, adopt }: TimedBoot,
  ran: readonly TimedPhase[],
): TimedPhase | undefined {
  const failed = fatal?.phase ?? adopt?.failed?.phase;
  return (
    ran.find(({ id }) => id === failed) ??
    ran.find(({ id }) => id === "ready") ??
    ran.find(({ status }) => status === "failed") ??
    lastEnded(ran)
  );
}

/** The needs that ended before the phase began. One that failed ahead of its time did not wait for the others. */
function waitedFor(
  { needs, startMs }: TimedPhase,
  byId: ReadonlyMap<string, TimedPhase>,
): TimedPhase[] {
  const ran = needs.flatMap((need) => byId.get(need) ?? []);
  return ran.filter(({ endMs }) => (endMs ?? 0) <= (startMs ?? 0));
}

function lastEnded(phases: readonly TimedPhase[]): TimedPhase | undefined {
  return phases.reduce<TimedPhase | undefined>(
    (last, phase) => (last === undefined || (phase.endMs ?? 0) > (last.endMs ?? 0) ? phase : last),
    undefined,
  );
}
