import type { BootReport } from "../protocol/index.ts";

/** How a boot ended: the outcome of its report, or that of the adopt when a seed has ended one. */
export function outcomeOf({
  outcome,
  adopt,
}: BootReport): BootReport["outcome"] | "adopted" | "not adopted" {
  if (adopt === undefined || adopt.status === "adopting") return outcome;
  return adopt.status === "adopted" ? "adopted" : "not adopted";
}
