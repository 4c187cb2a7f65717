import type { Plan } from "../graph/plan.ts";

/**
 * The phases that a retry runs again: the one that it begins with, those whose inputs have changed, those that have not
 * ended well, and all that need one of these. The agents were ended, so their phases are among them.
 *
 * Sidecars are not, unless the retry begins with one: they run on while somebody mends what failed.
 *
 * @param settled - What has ended well, also while the sandbox waited for the retry.
 * @returns Ids, in plan order.
 */
export function phasesToRunAgain(
  plan: Plan,
  {
    from,
    changed,
    settled,
  }: {
    readonly from: string;
    readonly changed: readonly string[];
    readonly settled: ReadonlySet<string>;
  },
): string[] {
  const spawns = plan.phases.map(({ id }) => id).filter(startsAgent);
  const roots = new Set([from, ...changed, ...spawns]);
  return plan.phases
    .map(({ id }) => id)
    .filter((id) => {
      if (roots.has(id)) return true;
      if (isSidecar(id)) return dependsOn(plan, id, new Set([from]));
      return !settled.has(id) || dependsOn(plan, id, roots);
    });
}

/** Whether a phase starts a sidecar, which a person may need to mend a boot. */
export function isSidecar(id: string): boolean {
  return id.startsWith("sidecar.");
}

function startsAgent(id: string): boolean {
  return /^agent\.spawn(?::|$)/.test(id);
}

function dependsOn({ allNeeds }: Plan, id: string, roots: ReadonlySet<string>): boolean {
  const needs = allNeeds.get(id) ?? new Set();
  return [...roots].some((root) => needs.has(root));
}
