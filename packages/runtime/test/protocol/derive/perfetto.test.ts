import { describe, expect, it } from "vitest";
import { type TraceEvent, toChromeTrace } from "../../../src/protocol/derive/perfetto.ts";
import { recordedReport, reportOf } from "../../support/reports.ts";

const slicesOf = (events: readonly TraceEvent[]) =>
  events.flatMap((event) =>
    event.ph === "X" && event.ts !== undefined && event.dur !== undefined
      ? [{ ...event, ts: event.ts, dur: event.dur }]
      : [],
  );

/** What a viewer needs: it draws slices of one track as a stack, so they may not overlap, and binds arrows by time. */
function expectDrawable(events: readonly TraceEvent[]) {
  const slices = slicesOf(events);
  const tracks = Map.groupBy(slices, ({ pid, tid }) => `${pid}/${tid}`);
  for (const track of tracks.values()) {
    track.sort((a, b) => a.ts - b.ts);
    for (const [at, slice] of track.entries()) {
      const next = track[at + 1];
      if (next !== undefined) expect(slice.ts + slice.dur).toBeLessThanOrEqual(next.ts);
    }
  }
  const named = new Set(
    events.flatMap(({ ph, name, pid, tid }) =>
      ph === "M" && name === "thread_name" ? [`${pid}/${tid}`] : [],
    ),
  );
  expect(new Set(tracks.keys())).toEqual(named);
  for (const event of events) {
    if (event.ph !== "M") expect(Number.isInteger(event.ts)).toBe(true);
    if (event.ph !== "s" && event.ph !== "f") continue;
    const holder = slices.filter(
      ({ pid, tid, ts, dur }) =>
        pid === event.pid &&
        tid === event.tid &&
        ts <= (event.ts ?? 0) &&
        (event.ts ?? 0) < ts + dur,
    );
    expect(holder).toHaveLength(1);
    expect(events.filter(({ ph, id }) => ph !== event.ph && id === event.id)).toHaveLength(1);
  }
}

describe("Chrome trace", () => {
  it("of a real boot: a slice a phase that ran, on tracks for main, workers and repository, arrows for needs", async () => {
    const report = await recordedReport();
    const { traceEvents } = toChromeTrace(report);
    expectDrawable(traceEvents);
    const slices = slicesOf(traceEvents);
    const phases = slices.filter(({ cat }) => cat?.startsWith("phase"));
    expect(phases.map(({ name }) => name).sort()).toEqual(report.phases.map(({ id }) => id).sort());
    const groups = traceEvents.flatMap(({ name, args }) =>
      name === "process_name" ? [String(args?.["name"])] : [],
    );
    expect(groups).toEqual(["main", "workers", "repository shop", "processes"]);
    const needs = report.phases.flatMap((phase) => phase.needs);
    expect(traceEvents.filter(({ ph }) => ph === "s")).toHaveLength(needs.length);
    expect(slices.find(({ name }) => name === "agent.session")?.args).toMatchObject({
      status: "done",
      critical: true,
      needs: ["agent.listening", "hook.start:shop"],
      detail: { sessionId: report.agent?.sessionId },
    });
  });

  it("is the same for a state, which has no marks of the critical chain, and for its report", async () => {
    const report = await recordedReport();
    const phases = report.phases.map(({ critical: _, ...phase }) => phase);
    expect(toChromeTrace({ ...report, phases, status: "ready" })).toEqual(toChromeTrace(report));
  });

  it("gives what runs at the same time tracks of their own, and what lasted no time a length", () => {
    const report = reportOf({
      readyMs: 30,
      phases: [
        { id: "a", ran: [10, 30] },
        { id: "b", ran: [10, 20] },
        { id: "c", needs: ["b"], ran: [20, 20] },
        { id: "after c", ran: [20, 25] },
        { id: "d", needs: ["a", "c"], ran: [30, 30] },
        { id: "never", needs: ["d"] },
      ],
    });
    const { traceEvents } = toChromeTrace(report);
    expectDrawable(traceEvents);
    const slices = slicesOf(traceEvents);
    expect(slices.map(({ name }) => name)).toEqual(["a", "b", "c", "after c", "d"]);
    expect(Math.min(...slices.map(({ dur }) => dur))).toBe(1);
  });
});
