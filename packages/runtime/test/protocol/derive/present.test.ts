import { describe, expect, it } from "vitest";
import {
  describeCause,
  initialState,
  judgePresent,
  letsPromptsIn,
  type PhaseState,
  type ProcessState,
  type ProcessStatus,
  type RuntimeState,
  reduceState,
} from "../../../src/protocol/index.ts";

const running: ProcessStatus = {
  id: "running",
  pid: 7,
  sinceMs: 1,
  readyMs: 2,
  readyBy: "http",
};
const stopped: ProcessStatus = { id: "stopped", sinceMs: 3 };
const backoff: ProcessStatus = { id: "backoff", sinceMs: 3, retryAtMs: 9, attempt: 1 };
const lost: ProcessStatus = { id: "failed", sinceMs: 3, reason: "restarted 5 times" };

function process(id: string, status: ProcessStatus): ProcessState {
  const kind = id === "agent" ? "agent" : "sidecar";
  return { id, kind, status, port: null, url: null, restarts: 0, optional: kind === "sidecar" };
}

function phase(id: string, status: PhaseState["status"]): PhaseState {
  return {
    id,
    title: `Do ${id}`,
    needs: [],
    where: "main",
    required: false,
    status,
    startMs: 1,
    endMs: 2,
    detail: {},
    warnings: [],
  };
}

const open = { gate: "open", reason: null, held: 0 } as const;
const ready: RuntimeState = {
  ...initialState,
  status: "ready",
  readyMs: 5,
  bridge: open,
  processes: [process("agent", running), process("ttyd", running)],
};
const withTtyd = (status: ProcessStatus): RuntimeState => ({
  ...ready,
  processes: [process("agent", running), process("ttyd", status)],
});

describe("C16: how a sandbox stands now", () => {
  it.each<[string, RuntimeState, string, string[]]>([
    ["before its boot", initialState, "booting", []],
    ["that boots", { ...ready, status: "booting" }, "booting", []],
    ["that waits for its adopt", { ...ready, status: "seeded" }, "seeded", []],
    ["of which all parts work", ready, "ready", []],
    ["that has been warmed up", { ...ready, warmMs: 9 }, "warm", []],
    ["that lost a sidecar for good", withTtyd(lost), "degraded", ["ttyd failed"]],
    ["whose sidecar restarts", withTtyd(backoff), "degraded", ["ttyd restarting"]],
    ["whose sidecar a person stopped", withTtyd(stopped), "ready", []],
    [
      "whose optional phase failed",
      { ...ready, warmMs: 9, phases: [phase("workspace.sync:a", "warned")] },
      "degraded",
      ["Do workspace.sync:a failed"],
    ],
    [
      "of which only the warm-up failed",
      { ...ready, phases: [phase("agent.warm:decoy", "warned")] },
      "ready",
      [],
    ],
    [
      "whose sidecar failed at the boot and runs since",
      { ...ready, phases: [phase("sidecar.ttyd", "warned")] },
      "ready",
      [],
    ],
    [
      "whose agent was stopped, although a sidecar is lost, too",
      {
        ...ready,
        bridge: { gate: "refusing", reason: "the agent is stopped", held: 0 },
        processes: [process("agent", stopped), process("ttyd", lost)],
      },
      "refusing",
      ["bridge refuses prompts", "agent stopped", "ttyd failed"],
    ],
    [
      "whose agent is lost, and named once",
      { ...ready, bridge: null, processes: [process("agent", lost)] },
      "refusing",
      ["agent failed"],
    ],
    [
      "whose boot failed",
      {
        ...ready,
        status: "failed",
        phases: [phase("stage", "failed")],
        fatal: { phase: "stage", failure: { code: "x", message: "y" } },
      },
      "ending",
      ["Do stage failed"],
    ],
    [
      "whose boot failed, and which stays",
      {
        ...ready,
        status: "recovering",
        phases: [phase("stage", "failed")],
        fatal: { phase: "stage", failure: { code: "x", message: "y" } },
      },
      "recovering",
      ["Do stage failed"],
    ],
    ["that shuts down", { ...ready, status: "stopping" }, "ending", []],
    ["that has ended", { ...ready, status: "stopped" }, "ending", []],
  ])("%s", (_, state, id, because) => {
    const present = judgePresent(state);
    const causes = present.because.map(describeCause).map(({ name, word }) => `${name} ${word}`);
    expect([present.id, causes]).toEqual([id, because]);
  });

  it("prompts are let in exactly where nothing refuses them", () => {
    const all = ["booting", "seeded", "ready", "warm", "degraded", "refusing", "ending"] as const;
    expect(all.filter(letsPromptsIn)).toEqual(["ready", "warm", "degraded"]);
  });

  it("the URL of a sidecar that does not run is no longer listed, and is back with it", () => {
    const url = "http://127.0.0.1:1/";
    const change = (state: RuntimeState, status: ProcessStatus) =>
      reduceState(state, {
        type: "process.changed",
        seq: state.seq + 1,
        at: "",
        ms: 1,
        process: { ...process("ttyd", status), url },
      });
    const first = change({ ...ready, urls: { bridge: "http://127.0.0.1:2/" } }, running);
    expect(Object.keys(first.urls)).toEqual(["bridge", "ttyd"]);
    const second = change(first, backoff);
    expect(Object.keys(second.urls)).toEqual(["bridge"]);
    expect(change(second, running).urls).toEqual(first.urls);
  });
});
