import type { Phase } from "./phase.ts";

/** Why a set of phases is no plan. */
export type PlanProblem =
  | { readonly id: "duplicate-id"; readonly phase: string }
  | { readonly id: "unknown-need"; readonly phase: string; readonly need: string }
  | { readonly id: "cycle"; readonly path: readonly string[] };

export class PlanError extends Error {
  readonly problem: PlanProblem;

  constructor(problem: PlanProblem) {
    super(describe(problem));
    this.name = "PlanError";
    this.problem = problem;
  }
}

/** Phases that are known to fit together, in an order in which every need stands before its needer. */
export interface Plan<Outputs> {
  readonly phases: readonly Phase<Outputs>[];
  /** All direct and indirect needs by phase id. */
  readonly allNeeds: ReadonlyMap<string, ReadonlySet<string>>;
}

/**
 * Checks the phases and orders them. Phases that could run at once keep the order in which they were given, so the same
 * boot always tells the same story.
 *
 * @param given - The phases of this boot.
 * @param settled - Ids of phases that an earlier graph of this process has already brought to an end (adopt).
 * @throws {@link PlanError} for a duplicate id, a need that nobody meets, or a cycle.
 */
export function makePlan<Outputs>(
  given: readonly Phase<Outputs>[],
  settled: ReadonlySet<string> = new Set(),
): Plan<Outputs> {
  const byId = new Map<string, Phase<Outputs>>();
  for (const phase of given) {
    if (byId.has(phase.id)) throw new PlanError({ id: "duplicate-id", phase: phase.id });
    byId.set(phase.id, phase);
  }
  for (const phase of given) {
    for (const need of phase.needs) {
      if (!byId.has(need) && !settled.has(need))
        throw new PlanError({ id: "unknown-need", phase: phase.id, need });
    }
  }

  const phases: Phase<Outputs>[] = [];
  const allNeeds = new Map<string, Set<string>>();
  const visit = (phase: Phase<Outputs>, path: readonly string[]): Set<string> => {
    const known = allNeeds.get(phase.id);
    if (known !== undefined) return known;
    const entered = path.indexOf(phase.id);
    if (entered >= 0) {
      throw new PlanError({ id: "cycle", path: [...path.slice(entered), phase.id] });
    }
    const needs = new Set<string>();
    for (const id of phase.needs) {
      needs.add(id);
      const need = byId.get(id);
      if (need === undefined) continue;
      for (const indirect of visit(need, [...path, phase.id])) needs.add(indirect);
    }
    allNeeds.set(phase.id, needs);
    phases.push(phase);
    return needs;
  };
  for (const phase of given) visit(phase, []);
  return { phases, allNeeds };
}

function describe(problem: PlanProblem): string {
  switch (problem.id) {
    case "duplicate-id":
      return `two phases are called "${problem.phase}"`;
    case "unknown-need":
      return `phase "${problem.phase}" needs "${problem.need}", which is not in the plan`;
    case "cycle":
      return `phases need each other in a circle: ${problem.path.join(" → ")}`;
    default:
      return problem satisfies never;
  }
}
