import type { PhasePlan } from "../../protocol/index.ts";

/** Why a set of phases is no plan. */
export type PlanProblem =
  | { readonly id: "duplicate-id"; readonly phase: string }
  | { readonly id: "unknown-need"; readonly phase: string; readonly need: string }
  | { readonly id: "unknown-until"; readonly phase: string; readonly until: string }
  | { readonly id: "required-until"; readonly phase: string }
  | { readonly id: "cycle"; readonly path: readonly string[] };

export class PlanError extends Error {
  readonly problem: PlanProblem;

  constructor(problem: PlanProblem) {
    super(describe(problem));
    this.name = "PlanError";
    this.problem = problem;
  }
}

/** Phases that fit together, in an order in which each stands after its needs. Data: it can be printed and drawn. */
export interface Plan {
  readonly phases: readonly PhasePlan[];
  /** All direct and indirect needs by phase id. */
  readonly allNeeds: ReadonlyMap<string, ReadonlySet<string>>;
}

/** What phases may name besides each other. */
export interface PlanSurroundings {
  /** Ids of phases that an earlier graph has settled. */
  readonly settled?: Iterable<string>;
  /** Names of the graph's {@link ExecuteOptions.interrupts}. */
  readonly interrupts?: Iterable<string>;
}

/**
 * Checks the phases and orders them. Phases that can run at once keep the order in which they were given, so that two
 * boots with the same configuration list them in the same order.
 *
 * @throws {@link PlanError} for a duplicate id, a need or an `until` that names nothing, a required phase with an `until`,
 * or a cycle.
 */
export function makePlan(
  given: readonly PhasePlan[],
  { settled = [], interrupts = [] }: PlanSurroundings = {},
): Plan {
  const byId = new Map<string, PhasePlan>();
  for (const phase of given) {
    if (byId.has(phase.id)) throw new PlanError({ id: "duplicate-id", phase: phase.id });
    byId.set(phase.id, phase);
  }
  const needable = new Set([...byId.keys(), ...settled]);
  const interrupting = new Set([...byId.keys(), ...interrupts]);
  for (const phase of given) checkNames(phase, needable, interrupting);

  const phases: PhasePlan[] = [];
  const allNeeds = new Map<string, Set<string>>();
  const visit = (phase: PhasePlan, path: readonly string[]): Set<string> => {
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

function checkNames(
  { id: phase, needs, until = [], required }: PhasePlan,
  needable: ReadonlySet<string>,
  interrupting: ReadonlySet<string>,
): void {
  const need = needs.find((id) => !needable.has(id));
  if (need !== undefined) throw new PlanError({ id: "unknown-need", phase, need });
  const unknown = until.find((name) => !interrupting.has(name));
  if (unknown !== undefined) throw new PlanError({ id: "unknown-until", phase, until: unknown });
  if (required && until.length > 0) throw new PlanError({ id: "required-until", phase });
}

function describe(problem: PlanProblem): string {
  switch (problem.id) {
    case "duplicate-id":
      return `two phases are called "${problem.phase}"`;
    case "unknown-need":
      return `phase "${problem.phase}" needs "${problem.need}", which is not in the plan`;
    case "unknown-until":
      return `phase "${problem.phase}" runs until "${problem.until}", which is neither a phase nor an interrupt`;
    case "required-until":
      return `phase "${problem.phase}" is required, so it cannot be ended early by its "until"`;
    case "cycle":
      return `phases need each other in a cycle: ${problem.path.join(" → ")}`;
    default:
      return problem satisfies never;
  }
}
