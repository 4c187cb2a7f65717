import { describe, expect, it } from "vitest";
import { makePlan } from "../../../src/boot/graph/plan.ts";
import { phasesToRunAgain } from "../../../src/boot/recovery/what-again.ts";

const phase = (id: string, ...needs: string[]) =>
  ({ id, title: id, needs, where: "main", required: true }) as const;

const plan = makePlan(
  [
    phase("stage"),
    phase("agent.spawn", "stage"),
    phase("sidecar.editor"),
    phase("sidecar.door", "sidecar.editor"),
    phase("sync"),
    phase("setup", "sync"),
    phase("start", "setup"),
    phase("session", "agent.spawn", "start"),
    phase("ready", "session"),
  ].map((one) => ({ ...one, needs: [...one.needs] })),
);

const again = (from: string, settled: string[], changed: string[] = []) =>
  phasesToRunAgain(plan, { from, changed, settled: new Set(settled) });

describe("a retry runs again", () => {
  it("the phase that failed, what needs it, and what needs the agent", () => {
    expect(again("start", ["stage", "agent.spawn", "sync", "setup", "sidecar.editor"])).toEqual([
      "agent.spawn",
      "start",
      "session",
      "ready",
    ]);
  });

  it("what had not ended when the boot failed", () => {
    expect(again("stage", ["sync"])).toEqual([
      "stage",
      "agent.spawn",
      "setup",
      "start",
      "session",
      "ready",
    ]);
  });

  it("what ended well and whose files have changed since", () => {
    expect(again("start", ["stage", "agent.spawn", "sync", "setup"], ["setup"])).toContain("setup");
  });

  it("a sidecar only when it begins with one", () => {
    expect(again("sidecar.editor", ["stage", "sync", "setup", "start"])).toEqual(
      expect.arrayContaining(["sidecar.editor", "sidecar.door", "agent.spawn"]),
    );
    expect(again("start", [])).not.toContain("sidecar.editor");
  });
});
