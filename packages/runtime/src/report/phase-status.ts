import type { PhaseStatus } from "../protocol/index.ts";

/** Whether a phase runs, or may yet: what is said of it is not the last word. */
export function isUnderWay(status: PhaseStatus): boolean {
  return status === "running" || status === "pending";
}
