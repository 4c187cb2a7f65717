import { describe, expect, it } from "vitest";
import {
  RestartBudget,
  type RestartDecision,
} from "../../../src/process/supervise/restart-policy.ts";
import { policy } from "../../support/supervised.ts";

const delays = (decisions: readonly RestartDecision[]) =>
  decisions.map((decision) => (decision.id === "wait" ? decision.delayMs : decision.id));

describe("RestartBudget", () => {
  it("doubles the backoff up to its maximum, and gives up when the budget of the window is spent", () => {
    const budget = new RestartBudget({ ...policy, maxRestarts: 5, maxBackoffMs: 500 }, () => 0.999);
    const decisions = [0, 1, 2, 3, 4, 5].map((nowMs) => budget.afterCrash(nowMs, 0));
    expect(
      delays(decisions).map((delay) => (typeof delay === "number" ? Math.ceil(delay) : delay)),
    ).toEqual([100, 200, 400, 500, 500, "give-up"]);
  });

  it("randomizes half of the backoff", () => {
    const first = (drawn: number) =>
      delays([new RestartBudget(policy, () => drawn).afterCrash(0, 0)])[0];
    expect(first(0)).toBe(50);
    expect(first(0.5)).toBe(75);
  });

  it("forgets restarts that are older than the window, but not the length of the backoff", () => {
    const budget = new RestartBudget({ ...policy, maxRestarts: 2, windowMs: 1000 }, () => 0);
    const decisions = [0, 10, 999, 1005, 1006].map((nowMs) => budget.afterCrash(nowMs, 0));
    expect(delays(decisions)).toEqual([50, 100, "give-up", 200, "give-up"]);
  });

  it("starts over after a quiet time, and after a start by command", () => {
    const budget = new RestartBudget({ ...policy, maxRestarts: 2, quietMs: 500 }, () => 0);
    const decisions = [
      budget.afterCrash(0, 0),
      budget.afterCrash(1, 499),
      budget.afterCrash(2, 500),
      budget.afterCrash(3, 0),
    ];
    expect(delays(decisions)).toEqual([50, 100, 50, 100]);
    budget.reset();
    expect(delays([budget.afterCrash(4, 0)])).toEqual([50]);
  });
});
