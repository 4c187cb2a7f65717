import { SCHEMA_VERSION } from "@sandboot/runtime/protocol";
import { describe, expect, it } from "vitest";
import type { ReadyBoot } from "../../src/store/history.ts";
import { emptySnapshot, snapshotNowMs } from "../../src/store/snapshot.ts";
import { type Change, reduceSnapshot, Store } from "../../src/store/store.ts";
import { untilHookRuns, untilReady } from "../fixtures/boot-script.ts";
import { numbered, STARTED_AT, stateAfter } from "../fixtures/snapshots.ts";

const place = "/run/runtime.sock";
const fold = (...changes: Change[]) => changes.reduce(reduceSnapshot, emptySnapshot);
const boot = (startedAt: string): ReadyBoot => ({
  startedAt,
  mode: "repo_image",
  readyMs: 900,
  phases: [],
});

describe("reduceSnapshot", () => {
  it("comes by events to the same state as by asking for it", () => {
    const script = [...untilHookRuns(STARTED_AT), ...untilReady()];
    const early = { type: "state", place, state: stateAfter(script.slice(0, 5)) } as const;
    const events = numbered(script)
      .slice(5)
      .map((event) => ({ type: "event", event }) as const);
    const late = { type: "state", place, state: stateAfter(script) } as const;
    expect(fold(early, ...events)).toEqual(fold(late));
  });

  it("takes an event that comes twice once", () => {
    const events = numbered(untilHookRuns(STARTED_AT));
    const state = stateAfter(untilHookRuns(STARTED_AT));
    const before = fold({ type: "state", place, state });
    const output = events.find(({ type }) => type === "phase.output");
    if (output === undefined) throw new Error("the script has no output");
    expect(reduceSnapshot(before, { type: "event", event: output })).toBe(before);
  });

  it("ignores an event of a type that it does not know", () => {
    const before = fold({ type: "state", place, state: stateAfter(untilHookRuns(STARTED_AT)) });
    const seq = (before.state?.seq ?? 0) + 1;
    const event = { type: "moon.landed", seq, ms: 1, at: STARTED_AT, crater: 7 } as never;
    const after = reduceSnapshot(before, { type: "event", event });
    expect(after.state).toEqual({ ...before.state, seq });
  });

  it("keeps what it shows when the line breaks, and says that it is old", () => {
    const state = stateAfter(untilHookRuns(STARTED_AT));
    const lost = fold(
      { type: "state", place, state },
      { type: "lost", place, reason: "gone", atMs: 70 },
    );
    expect(lost.connection).toEqual({ id: "stale", place, reason: "gone", lostAtMs: 70 });
    const attempts = [{ place, problem: "no such socket" }];
    expect(reduceSnapshot(lost, { type: "unreachable", attempts, atMs: 90 }).connection).toEqual({
      id: "stale",
      place,
      reason: "no such socket",
      lostAtMs: 70,
    });
    expect(lost.state).toBe(state);
    expect(reduceSnapshot(lost, { type: "resumed", place }).connection).toEqual({
      id: "live",
      place,
    });
  });

  it("shows nothing of a runtime of a newer protocol", () => {
    const state = { ...stateAfter(untilHookRuns(STARTED_AT)), schemaVersion: SCHEMA_VERSION + 1 };
    const { connection, state: shown } = fold({ type: "state", place, state });
    expect(connection).toEqual({ id: "incompatible", place, schemaVersion: SCHEMA_VERSION + 1 });
    expect(shown).toBeNull();
  });

  it("reads a state with fields that it does not know", () => {
    const state = { ...stateAfter(untilHookRuns(STARTED_AT)), weather: "fine" };
    expect(fold({ type: "state", place, state }).connection.id).toBe("live");
  });

  it("says where it looked when nobody answers", () => {
    const attempts = [{ place, problem: "no such socket" }];
    expect(fold({ type: "unreachable", attempts, atMs: 1 }).connection).toEqual({
      id: "unreachable",
      attempts,
    });
  });

  it("keeps the boots on record that were ready, until there is another runtime with a record of its own", () => {
    const state = stateAfter(untilHookRuns(STARTED_AT), untilReady());
    const boots = [boot("2026-01-01T00:00:00.000Z"), { ...boot("2026-01-02"), readyMs: null }];
    const known = fold({ type: "state", place, state }, { type: "history", boots });
    expect(known.history).toEqual(boots.slice(0, 1));
    const later = reduceSnapshot(known, { type: "state", place, state });
    expect(later.history).toBe(known.history);
    const again = stateAfter(untilHookRuns("2026-03-04T06:00:00.000Z"));
    expect(reduceSnapshot(known, { type: "state", place, state: again }).history).toEqual([]);
  });
});

describe("snapshotNowMs", () => {
  const state = stateAfter(untilHookRuns(STARTED_AT));
  const startedMs = Date.parse(STARTED_AT);

  it("goes on with the wall clock, and stands still when the line breaks", () => {
    const now = fold({ type: "state", place, state });
    expect(snapshotNowMs(now, startedMs + 5000)).toBe(5000);
    const lost = fold(
      { type: "state", place, state },
      { type: "lost", place, reason: "gone", atMs: startedMs + 6000 },
    );
    expect(snapshotNowMs(lost, startedMs + 99_000)).toBe(6000);
  });

  it("is never before what was told, whatever the two clocks say", () => {
    const told = Math.max(...state.phases.map(({ endMs }) => endMs ?? 0));
    expect(snapshotNowMs(fold({ type: "state", place, state }), startedMs - 9000)).toBe(told);
    expect(snapshotNowMs(emptySnapshot, startedMs)).toBe(0);
  });
});

describe("Store", () => {
  it("tells listeners of a change once, with what was before, until they leave", () => {
    const store = new Store();
    const heard: string[] = [];
    const leave = store.subscribe((now, before) => {
      heard.push(`${before.connection.id} → ${now.connection.id}`);
    });
    store.dispatch({ type: "unreachable", attempts: [], atMs: 1 });
    store.dispatch({ type: "resumed", place });
    leave();
    store.dispatch({ type: "searching" });
    expect(heard).toEqual(["searching → unreachable"]);
  });
});
