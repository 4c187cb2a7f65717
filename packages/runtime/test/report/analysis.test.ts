import { describe, expect, it } from "vitest";
import { focusOf } from "../../src/protocol/derive/focus.ts";
import { renderBlame } from "../../src/report/blame.ts";
import { renderCriticalChain } from "../../src/report/chain-view.ts";
import { compareReports } from "../../src/report/compare.ts";
import { renderComparison } from "../../src/report/compare-view.ts";
import { renderHistory } from "../../src/report/history-view.ts";
import { usualOf } from "../../src/report/usual.ts";
import { reportOf } from "../support/reports.ts";

const look = { columns: 100, colour: false, unicode: true };

/** A boot in which the agent takes `agentMs` and the hook `hookMs`, from 100 ms on. */
const boot = (agentMs: number, hookMs: number) => {
  const sessionAt = 100 + Math.max(agentMs, hookMs);
  return reportOf({
    readyMs: sessionAt + 50,
    phases: [
      { id: "agent", ran: [100, 100 + agentMs] },
      { id: "hook", ran: [100, 100 + hookMs] },
      { id: "session", needs: ["agent", "hook"], ran: [sessionAt, sessionAt + 50] },
      { id: "ready", needs: ["session"], ran: [sessionAt + 50, sessionAt + 50] },
    ],
  });
};

describe("what is usual", () => {
  it("is what boots of the same mode took that ended well", () => {
    const failed = { ...boot(9_000, 1), outcome: "failed" } as const;
    const other = { ...boot(7_000, 1), mode: "seed" } as const;
    const usual = usualOf([boot(1_000, 10), boot(3_000, 10), failed, other], "fresh");
    expect(usual.boots).toBe(2);
    expect(usual.phases.get("agent")).toEqual({ count: 2, p50Ms: 1_000, p95Ms: 3_000 });
    expect(usual.ready).toEqual({ count: 2, p50Ms: 1_150, p95Ms: 3_150 });
  });
});

describe("critical chain", () => {
  it("stands as a tree, last first, with what had time to spare", () => {
    expect(renderCriticalChain(boot(2_000, 300), look)).toBe(`fresh: ready after 2.15 s
ready @2.15 s
└─session @2.10 s +50 ms
  ├─hook @100 ms +300 ms (1.70 s to spare)
  └─agent @100 ms +2.00 s
    └─sandboot itself +100 ms
`);
  });

  it("of a failed boot leads to what failed, not to what was cancelled after it", () => {
    const report = reportOf({
      outcome: "failed",
      phases: [
        { id: "sync", ran: [10, 20] },
        { id: "hook", needs: ["sync"], ran: [20, 500], status: "failed" },
        { id: "agent", ran: [10, 600], status: "cancelled" },
        { id: "ready", needs: ["hook", "agent"] },
      ],
    });
    expect(report.phases.flatMap(({ id, critical }) => (critical ? [id] : []))).toEqual([
      "sync",
      "hook",
    ]);
    expect(renderCriticalChain(report, look)).toContain("hook @20 ms +480 ms failed\n└─sync");
  });

  it("of an agent that was given up while hooks ran does not lead to the hooks, which were cancelled then", () => {
    const report = reportOf({
      outcome: "failed",
      phases: [
        { id: "agent", ran: [10, 200] },
        { id: "hook", ran: [10, 600], status: "cancelled" },
        { id: "session", needs: ["agent", "hook"], ran: [500, 500], status: "failed" },
      ],
    });
    const critical = report.phases.flatMap((phase) => (phase.critical ? [phase.id] : []));
    expect(critical).toEqual(["agent", "session"]);
  });

  it("keeps to ASCII where nothing else is shown", () => {
    const text = renderCriticalChain(boot(2_000, 300), { ...look, unicode: false });
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
  });
});

describe("blame", () => {
  it("sorts by duration, beside the p50 of earlier boots", () => {
    const usual = usualOf([boot(1_000, 300), boot(1_000, 300)], "fresh");
    const lines = renderBlame(boot(2_000, 270), usual, look).split("\n");
    expect(lines[1]).toMatch(/2\.00 s +agent +1\.00 s +\+1\.00 s \(\+100 %\) +critical/);
    expect(lines[2]).toMatch(/270 ms +hook +300 ms +-30 ms \(-10 %\)$/);
    expect(lines.at(-2)).toContain("p50 of 2 earlier boots in mode fresh");
  });

  it("says when there is nothing to compare with", () => {
    const text = renderBlame(boot(2_000, 1), usualOf([], "fresh"), look);
    expect(text).toContain("no earlier boot in this mode is recorded");
    expect(text).not.toContain("p50 ");
  });
});

describe("diff of two boots", () => {
  const before = reportOf({
    readyMs: 1_000,
    phases: [
      { id: "agent", ran: [0, 900] },
      { id: "hook", ran: [0, 100] },
      { id: "old", ran: [0, 5] },
      { id: "sync", ran: [0, 50] },
      { id: "ready", needs: ["agent", "hook"], ran: [1_000, 1_000] },
    ],
  });
  const after = reportOf({
    readyMs: 2_000,
    phases: [
      { id: "agent", ran: [0, 800] },
      { id: "hook", ran: [0, 1_900] },
      { id: "new", ran: [0, 20] },
      { id: "sync", ran: [0, 50], status: "warned" },
      { id: "ready", needs: ["agent", "hook"], ran: [2_000, 2_000] },
    ],
  });

  it("has every phase once: other ends first, then the largest change; new and gone ones", () => {
    const { phases, joinedChain, leftChain } = compareReports(before, after);
    expect(phases.map(({ id, phase }) => `${id} ${phase}`)).toEqual([
      "other-end sync",
      "both hook",
      "both agent",
      "new new",
      "gone old",
      "both ready",
    ]);
    expect(phases[1]).toMatchObject({ beforeMs: 100, afterMs: 1_900, deltaMs: 1_800 });
    expect({ joinedChain, leftChain }).toEqual({ joinedChain: ["hook"], leftChain: ["agent"] });
  });

  it("reads as a table with what became of the critical chain", () => {
    const text = renderComparison(compareReports(before, after), look);
    expect(text).toContain("ready after 1.00 s, then 2.00 s: +1.00 s (+100 %)");
    expect(text).toMatch(/\+1\.80 s \(\+1800 %\) +100 ms +1\.90 s +hook +◆/);
    expect(text).toMatch(/done +warned +sync/);
    expect(text).toContain("+ hook joined the critical chain");
    expect(text).toContain("- agent left the critical chain");
  });

  it("warns of different modes", () => {
    const text = renderComparison(compareReports(before, { ...after, mode: "seed" }), look);
    expect(text).toContain("the modes differ: fresh, seed");
  });
});

describe("history", () => {
  it("lists boots, newest first, and what phases usually take", () => {
    const first = { ...boot(1_000, 10), startedAt: "2026-01-01T00:00:00.000Z" };
    const second = { ...boot(2_000, 10), startedAt: "2026-01-02T00:00:00.000Z" };
    const lines = renderHistory([first, second], look).split("\n");
    expect(lines[1]).toMatch(/2026-01-02T00:00:00\.000Z +fresh +ready +2\.15 s/);
    expect(lines[2]).toMatch(/2026-01-01T00:00:00\.000Z +fresh +ready +1\.15 s/);
    expect(lines.some((line) => /1\.00 s +2\.00 s +2 +agent$/.test(line))).toBe(true);
  });
});

describe("a seed that was adopted", () => {
  const hour = 3_600_000;
  const report = {
    ...reportOf({
      mode: "seed",
      readyMs: hour + 500,
      phases: [
        { id: "agent", ran: [0, 2_000] },
        { id: "sync", ran: [hour + 10, hour + 210] },
        { id: "session", needs: ["agent", "sync"], ran: [hour + 210, hour + 500] },
        { id: "ready", needs: ["session"], ran: [hour + 500, hour + 500] },
      ],
    }),
    adopt: {
      status: "adopted" as const,
      requestedMs: hour,
      endedMs: hour + 500,
      repositories: [],
      phaseIds: ["sync", "session", "ready"],
    },
  };

  it("is shown from the request on: what it waited for before is nobody's wait", () => {
    expect(renderCriticalChain(focusOf(report), look)).toBe(`seed: adopted after 500 ms
ready @500 ms
└─session @210 ms +290 ms
  └─sync @10 ms +200 ms
    └─sandboot itself +10 ms
`);
    expect(renderHistory([report], look)).toMatch(/seed +adopted +500 ms/);
    expect(usualOf([report], "seed").ready?.p50Ms).toBe(500);
  });
});

describe("in a terminal of 40 columns", () => {
  const narrow = { ...look, columns: 40 };
  const long = (ms: number) =>
    reportOf({
      readyMs: ms,
      phases: [
        { id: "workspace.packages:a-repository-with-a-name", ran: [10, 20] },
        { id: "hook.start:a-repository-with-a-name", ran: [10, ms], status: "warned" },
      ],
    });
  const reports = [long(123_456), long(223_456), { ...long(323_456), outcome: "failed" } as const];
  const usual = usualOf(reports, "fresh");
  const tables = {
    history: renderHistory(reports, narrow),
    blame: renderBlame(long(333_000), usual, narrow),
    diff: renderComparison(compareReports(long(123_000), long(333_000)), narrow),
  };

  it.each([
    ["history", "  1  2026-01-01T…  failed   5 min 23 s"],
    ["history", "  2 min 03 s  3 min 43 s      2  ready …"],
    ["blame", "  5 min 33 s  hook.st…          critica…"],
    ["diff", "  +3 min 30 s (+171 %)  hook.start:…  ◆"],
  ] as const)("the rows of %s fit, and keep their figures", (table, row) => {
    expect(tables[table].split("\n")).toContain(row);
    expect(row.length).toBeLessThanOrEqual(40);
  });
});
