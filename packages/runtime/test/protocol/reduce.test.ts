import { describe, expect, it } from "vitest";
import { type EventBody, initialState, reduceState } from "../../src/protocol/index.ts";

/** The state after some events, one a second. */
const after = (...bodies: readonly EventBody[]) =>
  bodies.reduce((state, body, at) => {
    const ms = at * 1000;
    return reduceState(state, { ...body, seq: at + 1, ms, at: new Date(ms).toISOString() });
  }, initialState);

const started: EventBody = {
  type: "boot.started",
  runtimeVersion: "1.0.0",
  pid: 1,
  startedAt: "2026-01-01T00:00:00.000Z",
  sandboxId: null,
  mode: "fresh",
  phases: [{ id: "sidecar.ttyd", title: "", needs: [], where: "main", required: false }],
};

describe("a phase that the end of a boot skipped", () => {
  it("has no end any more when a recovery starts it", () => {
    const skipped: EventBody = {
      type: "phase.ended",
      id: "sidecar.ttyd",
      status: "skipped",
      startMs: null,
      endMs: 1000,
      detail: {},
    };
    const begun: EventBody = { type: "phase.started", id: "sidecar.ttyd" };
    const [phase] = after(started, skipped, begun).phases;
    expect(phase).toMatchObject({ status: "running", startMs: 2000, endMs: null });
  });
});
