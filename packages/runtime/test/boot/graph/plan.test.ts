import { describe, expect, it } from "vitest";
import { failedWith } from "../../../src/base/failed.ts";
import { makePlan } from "../../../src/boot/graph/plan.ts";
import type { PhasePlan } from "../../../src/protocol/index.ts";

function phase(id: string, needs: string[] = [], more: Partial<PhasePlan> = {}): PhasePlan {
  return { id, needs, title: id, where: "main", required: true, ...more };
}

function problemOf(phases: PhasePlan[], interrupts: string[] = []) {
  try {
    makePlan(phases, { interrupts });
  } catch (error) {
    if (!failedWith(error, "bad-plan")) throw error;
    const { code: _, ...problem } = error.value;
    return problem;
  }
  return null;
}

describe("makePlan", () => {
  it("puts needs before the phases that need them, and otherwise keeps the given order", () => {
    const plan = makePlan([phase("d", ["b", "c"]), phase("c", ["a"]), phase("b"), phase("a")]);
    expect(plan.phases.map(({ id }) => id)).toEqual(["b", "a", "c", "d"]);
  });

  it("knows indirect needs", () => {
    const plan = makePlan([phase("a"), phase("b", ["a"]), phase("c", ["b"])]);
    expect(plan.allNeeds.get("c")).toEqual(new Set(["b", "a"]));
  });

  it("rejects two phases with the same id", () => {
    expect(problemOf([phase("a"), phase("a")])).toEqual({ problem: "duplicate-id", phase: "a" });
  });

  it("rejects a need that is no phase", () => {
    expect(problemOf([phase("a", ["ghost"])])).toEqual({
      problem: "unknown-need",
      phase: "a",
      need: "ghost",
    });
  });

  it("accepts a need that an earlier graph has met", () => {
    const plan = makePlan([phase("a", ["seeded"])], { settled: ["seeded"] });
    expect(plan.phases).toHaveLength(1);
  });

  it("rejects an until that is neither a phase nor an interrupt", () => {
    const warm = phase("warm", [], { required: false, until: ["prompt"] });
    expect(problemOf([warm])).toEqual({ problem: "unknown-until", phase: "warm", until: "prompt" });
    expect(problemOf([warm], ["prompt"])).toBeNull();
    expect(problemOf([warm, phase("prompt")])).toBeNull();
  });

  it("rejects an until of a required phase: it could end before its work is done", () => {
    const phases = [phase("a"), phase("b", [], { until: ["a"] })];
    expect(problemOf(phases)).toEqual({ problem: "required-until", phase: "b" });
  });

  it("rejects a cycle, and names its phases in order", () => {
    const problem = problemOf([
      phase("x", ["a"]),
      phase("a", ["c"]),
      phase("b", ["a"]),
      phase("c", ["b"]),
    ]);
    expect(problem).toEqual({ problem: "cycle", path: ["a", "c", "b", "a"] });
  });

  it("rejects a phase that needs itself", () => {
    expect(problemOf([phase("a", ["a"])])).toEqual({ problem: "cycle", path: ["a", "a"] });
  });
});
