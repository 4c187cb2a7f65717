import type { PhasePlan } from "../protocol/index.ts";

/** The part of a phase that is data. */
export function planOf({ id, title, needs, where, required }: PhasePlan): PhasePlan {
  return { id, title, needs: [...needs], where, required };
}
