import type { BootReport } from "../protocol/index.ts";

/** How it ended, in a word: `ready`, `failed`, and `adopted` for a seed that was. */
export function outcomeOf({
  outcome,
  adopt,
}: BootReport): BootReport["outcome"] | "adopted" | "not adopted" {
  if (adopt === undefined || adopt.status === "adopting") return outcome;
  return adopt.status === "adopted" ? "adopted" : "not adopted";
}
