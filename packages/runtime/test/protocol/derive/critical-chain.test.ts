import { describe, expect, it } from "vitest";
import { criticalChain } from "../../../src/protocol/derive/critical-chain.ts";
import type { PhaseStatus } from "../../../src/protocol/index.ts";

/** A phase in the order: id, status, its time in milliseconds, needs. One that was skipped has an end and no start. */
const phase = (
  id: string,
  status: PhaseStatus,
  [startMs, endMs]: readonly [number | null, number | null],
  needs: string[] = [],
) => ({ id, status, startMs, endMs, needs });

const chainOf = (
  phases: readonly ReturnType<typeof phase>[],
  rest: Partial<Parameters<typeof criticalChain>[0]> = {},
) => criticalChain({ phases, fatal: null, ...rest });

/** The agent takes 900 ms, the hook 300 ms; both are needed for the session. */
const agent = [
  phase("stage", "done", [10, 20]),
  phase("agent.spawn", "done", [20, 30], ["stage"]),
  phase("agent.listening", "done", [30, 930], ["agent.spawn"]),
];
const repository = [
  phase("workspace.sync:shop", "done", [10, 100]),
  phase("hook.start:shop", "done", [100, 400], ["workspace.sync:shop"]),
];
const sessionNeeds = ["agent.listening", "hook.start:shop"];

describe("the critical chain", () => {
  it("goes from `ready` back, at each step to the need that ended last", () => {
    const rest = [
      phase("agent.session", "done", [930, 990], sessionNeeds),
      phase("ready", "done", [990, 990], ["agent.session"]),
      // A late phase is no part of it, however late it ends.
      phase("sidecar.ttyd", "done", [10, 5_000]),
    ];
    const chain = ["stage", "agent.spawn", "agent.listening", "agent.session", "ready"];
    expect(chainOf([...agent, ...repository, ...rest])).toEqual(chain);
  });

  it("of a boot that is ready, before the phase `ready` has ended, goes from what ended last", () => {
    const ready = phase("ready", "running", [930, null], ["agent.listening"]);
    expect(chainOf([...agent, ready], { status: "ready" }).at(-1)).toBe("agent.listening");
  });

  it("of a boot that a signal ended goes from what ended last, not from phases that never ran", () => {
    const [stage, spawn] = agent;
    const interrupted = [
      ...[stage, spawn].flatMap((one) => one ?? []),
      phase("agent.listening", "cancelled", [30, 500], ["agent.spawn"]),
      ...repository,
      phase("agent.session", "skipped", [null, 501], sessionNeeds),
      phase("ready", "skipped", [null, 501], ["agent.session"]),
    ];
    expect(chainOf(interrupted, { status: "stopped" })).toEqual([
      "stage",
      "agent.spawn",
      "agent.listening",
    ]);
  });

  it("of an adopt that failed goes from the phase that failed", () => {
    const failure = { code: "git-failed", message: "git fetch ended with exit code 128" };
    const phases = [
      ...agent,
      phase("workspace.sync:shop", "failed", [60_000, 60_090]),
      phase("hook.start:shop", "skipped", [null, 60_091], ["workspace.sync:shop"]),
      phase("ready", "skipped", [null, 60_091], ["hook.start:shop"]),
    ];
    const adopt = {
      status: "failed" as const,
      requestedMs: 60_000,
      endedMs: 60_092,
      repositories: [],
      phaseIds: ["workspace.sync:shop", "hook.start:shop", "ready"],
      failed: { phase: "workspace.sync:shop", failure },
    };
    expect(chainOf(phases, { status: "seeded", adopt })).toEqual(["workspace.sync:shop"]);
  });

  it("of a failed boot goes from the phase that ended the boot, though another one failed as well", () => {
    const phases = [
      phase("hook.start:a", "failed", [10, 90]),
      phase("hook.start:b", "failed", [10, 80]),
      phase("ready", "skipped", [null, 91], ["hook.start:a", "hook.start:b"]),
    ];
    expect(chainOf(phases, { fatal: { phase: "hook.start:b" } })).toEqual(["hook.start:b"]);
  });

  it("of a phase that failed before its time leaves out the needs that ended after it began", () => {
    const phases = [
      ...agent,
      phase("hook.start:shop", "cancelled", [10, 1_100]),
      phase("agent.session", "failed", [1_000, 1_000], sessionNeeds),
    ];
    expect(chainOf(phases).slice(-2)).toEqual(["agent.listening", "agent.session"]);
  });

  it("is empty while the boot runs: nothing is decided", () => {
    expect(chainOf(agent, { status: "booting" })).toEqual([]);
    expect(chainOf([], {})).toEqual([]);
  });

  it("ends even when phases need each other in a ring", () => {
    const ring = [
      phase("bridge", "done", [1, 1], ["ready"]),
      phase("ready", "done", [1, 1], ["bridge"]),
    ];
    expect(chainOf(ring)).toEqual(["bridge", "ready"]);
  });
});
