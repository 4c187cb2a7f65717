import type { PhaseState } from "../phase.ts";
import type { RuntimeState } from "../state.ts";

/** A warning and where it comes from: a phase's id, or a part of the runtime. */
export interface SourcedWarning {
  readonly source: string;
  /** Warnings of older runtimes have none. */
  readonly code?: string | undefined;
  readonly message: string;
}

/** All warnings of a boot: those of its phases, then the runtime's own. */
export function warningsOf({
  phases,
  warnings: own,
}: Pick<RuntimeState, "phases" | "warnings">): SourcedWarning[] {
  const ofPhases = phases.flatMap(({ id, warnings, warningCodes = [] }) =>
    warnings.map((message, at) => {
      const code = warningCodes[at];
      return { source: id, ...(code != null && { code }), message };
    }),
  );
  return [...ofPhases, ...own];
}

/** A phase's warnings without its own failure: an optional phase that fails gives its message as a warning, too. */
export function warningsBesideFailure({
  warnings,
  failure,
}: Pick<PhaseState, "warnings" | "failure">): string[] {
  return warnings.filter((warning) => warning !== failure?.message);
}
