import type { Failure, PhaseState } from "../phase.ts";

interface Printed {
  /** Last lines by phase. */
  readonly output: Readonly<Record<string, readonly string[]>>;
  readonly phases: readonly Pick<PhaseState, "id" | "failure">[];
  readonly fatal: { readonly phase: string; readonly failure: Failure } | null;
}

/** The last lines that a phase's programs wrote: those that came while it ran, else those that its failure kept. */
export function outputOf({ output, phases, fatal }: Printed, phaseId: string): readonly string[] {
  const lines = output[phaseId] ?? [];
  if (lines.length > 0) return lines;
  const own = phases.find(({ id }) => id === phaseId)?.failure;
  const failure = own ?? (fatal?.phase === phaseId ? fatal.failure : undefined);
  return failure?.outputTail ?? [];
}
