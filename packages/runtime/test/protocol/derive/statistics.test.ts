import { describe, expect, it } from "vitest";
import { focusOf } from "../../../src/protocol/derive/focus.ts";
import { percentile, statisticsOf, summarize } from "../../../src/protocol/derive/statistics.ts";
import { reportOf } from "../../support/reports.ts";

describe("percentile", () => {
  it.each([
    [[5], 50, 5],
    [[1, 2, 3, 4], 50, 2],
    [[4, 1, 3, 2], 95, 4],
    [Array.from({ length: 100 }, (_, at) => at + 1), 95, 95],
  ])("of %j at %i is %i: always a value that was measured", (values, percent, expected) => {
    expect(percentile(values, percent)).toBe(expected);
  });
});

const boot = (agentEndMs: number) =>
  reportOf({
    readyMs: agentEndMs,
    phases: [
      { id: "agent", ran: [10, agentEndMs] },
      { id: "hook", ran: [10, 12], status: "warned" },
      { id: "sidecar.ttyd", ran: [10, null] },
    ],
  });

describe("what is kept of a boot", () => {
  it("is its time to readiness and the phases that ended well", () => {
    expect(summarize(boot(400))).toEqual({
      startedAt: "2026-01-01T00:00:00.000Z",
      mode: "fresh",
      readyMs: 400,
      phases: [{ id: "agent", startMs: 10, endMs: 400 }],
    });
  });

  it("of a seed that was adopted begins with the request", () => {
    const seed = reportOf({
      readyMs: 90_500,
      phases: [
        { id: "agent", ran: [0, 2_000] },
        { id: "sync", ran: [90_010, 90_200] },
      ],
    });
    const adopt = {
      status: "adopted" as const,
      requestedMs: 90_000,
      endedMs: 90_500,
      repositories: [],
      phaseIds: ["sync"],
    };
    expect(summarize({ ...seed, adopt })).toMatchObject({
      readyMs: 500,
      phases: [{ id: "sync", startMs: 10, endMs: 200 }],
    });
    expect(focusOf(seed)).toBe(seed);
  });
});

describe("several boots", () => {
  const boots = [400, 900, 500, 700].map((endMs) => summarize(boot(endMs)));

  it("have p50 and p95 of readiness and of each phase", () => {
    const { ready, phases } = statisticsOf(boots);
    expect(ready).toEqual({ count: 4, p50Ms: 500, p95Ms: 900 });
    expect([...phases]).toEqual([["agent", { count: 4, p50Ms: 490, p95Ms: 890 }]]);
  });
});
