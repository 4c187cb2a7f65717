import { type Crash, describeCrash, endedWell } from "./crash.ts";
import type { RestartBudget, RestartPolicy } from "./restart-policy.ts";

/** What becomes of a process that has crashed. */
export type Recovery =
  /** Nobody has it started again: it stays as it is. */
  | { readonly id: "stay-crashed" }
  /** It had done what it was started for. */
  | { readonly id: "stop" }
  | { readonly id: "retry"; readonly delayMs: number; readonly attempt: number }
  | { readonly id: "give-up"; readonly reason: string };

/** The answer of the restart policy to one crash; a restart that is granted is taken from the budget. */
export function recoveryFrom(
  { crash, ranMs }: { readonly crash: Crash; readonly ranMs: number },
  { policy, budget, nowMs }: { policy: RestartPolicy; budget: RestartBudget; nowMs: number },
): Recovery {
  const { when, windowMs } = policy;
  if (when !== "always" && endedWell(crash)) return { id: "stop" };
  if (when === "never") return { id: "stay-crashed" };
  const decision = budget.afterCrash(nowMs, ranMs);
  if (decision.id === "wait") return { ...decision, id: "retry" };
  const times = `restarted ${decision.restarts} times within ${windowMs / 1000} s`;
  return { id: "give-up", reason: `${times}, and ${describeCrash(crash)} again` };
}
