import { describe, expect, it } from "vitest";
import { toChromeTrace } from "../../src/protocol/derive/perfetto.ts";
import { agentReportSchema } from "../../src/protocol/event.ts";
import { renderBlame } from "../../src/report/blame.ts";
import { renderCriticalChain } from "../../src/report/chain-view.ts";
import { compareReports } from "../../src/report/compare.ts";
import { renderComparison } from "../../src/report/compare-view.ts";
import { renderPage } from "../../src/report/html/page.ts";
import { renderTable } from "../../src/report/table.ts";
import { usualOf } from "../../src/report/usual.ts";
import { renderWaterfall } from "../../src/report/waterfall.ts";
import { reportOf } from "../support/reports.ts";

const look = { columns: 60, colour: false, unicode: true };

const AGENT = agentReportSchema.parse({
  name: "opencode",
  version: null,
  url: null,
  pid: null,
  spawnedMs: null,
  listeningMs: null,
  sessionId: null,
  sessionMs: null,
  restarts: [],
});

/** A boot that is ready at 1 s, with a sidecar that began at 500 ms. */
const boot = (editorEndMs: number | null) =>
  reportOf({
    readyMs: 1_000,
    phases: [
      { id: "agent", ran: [0, 1_000] },
      { id: "sidecar.editor", ran: [500, editorEndMs], required: false },
      { id: "ready", needs: ["agent"], ran: [1_000, 1_000] },
    ],
  });

describe("a report that is older than the end of a late phase", () => {
  it("waterfall: its bar is open to the right, up to where the report ends", () => {
    const rowOf = (unicode: boolean) =>
      renderWaterfall(boot(null), { ...look, unicode }).match(/^.*sidecar\.editor.*$/m)?.[0];
    expect(rowOf(true)).toBe(`  … sidecar.editor   ${" ".repeat(14)}${"░".repeat(15)}   running`);
    expect(rowOf(false)).toBe(`  ~ sidecar.editor   ${" ".repeat(14)}${"~".repeat(15)}   running`);
  });

  it("waterfall: what came after ready stands below it, once it has come", () => {
    const firstAnswer = { kind: "answered", askedMs: 1_500, headersMs: 5, firstByteMs: 6 } as const;
    const later = reportOf({ readyMs: 1_000, phases: [] });
    const agent = { ...AGENT, firstAnswer: { ...firstAnswer, endMs: 620 } };
    const linesOf = (report: typeof later, unicode = true) =>
      renderWaterfall(report, { ...look, unicode })
        .split("\n")
        .slice(1, 4);
    expect(linesOf(later)[0]).toBe("");
    const both = { ...later, warmMs: 2_250, agent };
    const starting = ["  opencode, starting", ""];
    expect(linesOf(both)).toEqual(["  warm 1.25 s later · first answer in 620 ms", ...starting]);
    expect(linesOf(both, false)).toEqual([
      "  warm 1.25 s later - first answer in 620 ms",
      ...starting,
    ]);
    const accepted = { ...agent, firstAnswer: { ...agent.firstAnswer, kind: "accepted" as const } };
    expect(linesOf({ ...later, agent: accepted })[0]).toBe("  first prompt accepted in 620 ms");
  });

  it("waterfall and page: each agent stands at the top, with its state", () => {
    const agent = { ...AGENT, id: "main", sessionMs: 3 };
    const authentication = { message: "Authentication required", methods: [] };
    const codex = { ...AGENT, id: "codex", name: "Codex", version: "2.6.0", authentication };
    const several = { ...boot(900), agent, otherAgents: [codex] };
    const told = ["main (opencode), in session", "codex (Codex) 2.6.0, needs authentication"];
    const lines = renderWaterfall(several, look).split("\n");
    expect(lines.slice(1, 3)).toEqual(told.map((text) => `  ${text}`));
    const page = renderPage(several, []);
    for (const text of told) expect(page).toContain(`<li><span>agent</span>${text}</li>`);
  });

  it("table and blame: it has a status and no duration; the chain does not know it", () => {
    expect(renderTable(boot(null), look)).toMatch(/^ *sidecar\.editor +running +500 ms *$/m);
    expect(renderBlame(boot(null), usualOf([], "fresh"), look)).not.toContain("editor");
    expect(renderCriticalChain(boot(null), look)).toBe(
      "fresh: ready after 1.00 s\nready @1.00 s\n└─agent @0 ms +1.00 s\n  └─sandboot itself +0 ms\n",
    );
  });

  it("trace: a slice up to where the report ends", () => {
    const slice = toChromeTrace(boot(null)).traceEvents.find(
      ({ ph, name }) => ph === "X" && name === "sidecar.editor",
    );
    expect(slice).toMatchObject({ ts: 500_000, dur: 500_000, args: { status: "running" } });
  });

  it("page: says so in the row, and in what is known of it", () => {
    const page = renderPage(boot(null), []);
    expect(page).toContain('<span class="took">running</span>');
    expect(page).toContain('<span class="tag status-running">running</span>');
  });

  it("diff: two of them say nothing of it; with its end it comes last", () => {
    expect(compareReports(boot(null), boot(null)).phases.map(({ phase }) => phase)).toEqual([
      "agent",
      "ready",
    ]);
    const comparison = compareReports(boot(null), boot(4_000));
    expect(comparison.phases.at(-1)).toMatchObject({
      id: "other-end",
      phase: "sidecar.editor",
      before: "running",
      after: "done",
    });
    expect(renderComparison(comparison, look)).toContain("running");
  });

  it("history: the boot counts, the phase counts where it has ended", () => {
    const usual = usualOf([boot(null), boot(4_000)], "fresh");
    expect(usual.ready?.count).toBe(2);
    expect(usual.phases.get("sidecar.editor")).toEqual({ count: 1, p50Ms: 3_500, p95Ms: 3_500 });
  });
});
