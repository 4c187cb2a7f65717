import type { PhaseState } from "@sandboot/runtime/protocol";

/**
 * The chain of phases that decided how long the boot took: from the last one back, at each step the need that ended
 * last. Empty until something has ended. For a failed boot it leads to the phase that failed.
 *
 * @param fatalPhase The phase that ended the boot, when one did.
 * @returns Ids, first to last.
 */
export function criticalChain(
  phases: readonly PhaseState[],
  fatalPhase: string | null = null,
): string[] {
  const byId = new Map(phases.map((phase) => [phase.id, phase]));
  const chain: string[] = [];
  const ready = byId.get("ready");
  // The runtime says that the boot is ready before it says that the phase of that name has ended.
  let current = byId.get(fatalPhase ?? "") ?? (ready?.endMs == null ? lastEnded(phases) : ready);
  // A ring cannot come from a checked plan, but this also reads what a stranger's runtime sent.
  while (current !== undefined && !chain.includes(current.id)) {
    if (current.endMs === null) return [];
    chain.unshift(current.id);
    // A phase that failed before its time did not wait for needs that ended later.
    const beganMs = current.startMs ?? 0;
    current = lastEnded(
      current.needs
        .flatMap((id) => byId.get(id) ?? [])
        .filter(({ endMs }) => (endMs ?? 0) <= beganMs),
    );
  }
  return chain;
}

function lastEnded(phases: readonly PhaseState[]): PhaseState | undefined {
  let last: PhaseState | undefined;
  for (const phase of phases) {
    if (phase.endMs === null || phase.startMs === null) continue;
    if (last?.endMs == null || phase.endMs > last.endMs) last = phase;
  }
  return last;
}
