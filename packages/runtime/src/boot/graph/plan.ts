import { Failed } from "../../base/failed.ts";
import type { PhasePlan } from "../../protocol/index.ts";

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
 * @throws Failed `bad-plan` for a duplicate id, a need or an `until` that names nothing, a required phase with an `until`,
 * or a cycle.
 */
export function makePlan(
  given: readonly PhasePlan[],
  { settled = [], interrupts = [] }: PlanSurroundings = {},
): Plan {
  const byId = new Map<string, PhasePlan>();
  for (const phase of given) {
    if (byId.has(phase.id))
      throw new Failed({ code: "bad-plan", problem: "duplicate-id", phase: phase.id });
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
      throw new Failed({
        code: "bad-plan",
        problem: "cycle",
        path: [...path.slice(entered), phase.id],
      });
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
  if (need !== undefined)
    throw new Failed({ code: "bad-plan", problem: "unknown-need", phase, need });
  const unknown = until.find((name) => !interrupting.has(name));
  if (unknown !== undefined)
    throw new Failed({ code: "bad-plan", problem: "unknown-until", phase, until: unknown });
  if (required && until.length > 0)
    throw new Failed({ code: "bad-plan", problem: "required-until", phase });
}
