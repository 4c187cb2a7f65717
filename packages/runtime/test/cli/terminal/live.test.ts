import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { renderBooted } from "../../../src/cli/terminal/booted-view.ts";
import { renderFailure, renderWhereRecorded } from "../../../src/cli/terminal/failure-view.ts";
import { drawBoot } from "../../../src/cli/terminal/live-picture.ts";
import { Repainter } from "../../../src/cli/terminal/repainter.ts";
import type { PhaseState, RuntimeState } from "../../../src/protocol/index.ts";
import { initialState } from "../../../src/protocol/reduce.ts";
import { renderWaterfall } from "../../../src/report/waterfall.ts";
import { fitMiddle, fitWidth, widthOf } from "../../../src/report/width.ts";
import { reportOf } from "../../support/reports.ts";

const phase = (id: string, status: PhaseState["status"]): PhaseState => ({
  id,
  title: id,
  needs: [],
  where: "main",
  required: true,
  status,
  startMs: status === "pending" ? null : 100,
  endMs: status === "done" || status === "failed" ? 1_234 : null,
  detail: {},
  warnings: [],
});

/** 30 repositories, so that there are more phases than lines. */
const many: RuntimeState = {
  ...initialState,
  phases: Array.from({ length: 30 }, (_, at) => at).flatMap((at) => [
    phase(`workspace.sync:a-service-with-quite-a-long-name-${at}`, "done"),
    phase(`hook.start:a-service-with-quite-a-long-name-${at}`, at === 7 ? "running" : "pending"),
  ]),
  output: { "hook.start:a-service-with-quite-a-long-name-7": ["\u001b[2J漢字".repeat(60)] },
};

describe("the live view", () => {
  it.each([
    [60, 24, true],
    [40, 10, false],
    [200, 100, true],
    [20, 5, true],
  ])("of many phases fits %i columns and %i rows", (columns, rows, unicode) => {
    const look = { columns, colour: true, unicode };
    const lines = drawBoot({ state: many, nowMs: 5_000, frame: 3, look, rows });
    expect(lines.length).toBeLessThan(rows);
    for (const line of lines.map(stripVTControlCharacters)) {
      expect(widthOf(line)).toBeLessThanOrEqual(columns);
      expect(line).not.toContain("\u001b");
    }
    expect(lines.join("\n")).toMatch(/e-7\b/);
  });

  it("sums up phases that do not fit, and shows the running ones", () => {
    const look = { columns: 80, colour: false, unicode: true };
    const lines = drawBoot({ state: many, nowMs: 5_000, frame: 0, look, rows: 10 });
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(/⠋ hook\.start:a-s\S+…\S+-long-name-7 +█+ +4\.90 s$/),
      "  30 done, 29 waiting",
    ]);
  });

  it("has bars that grow, times at the right, and what a phase waits for that has not begun", () => {
    const phases = [
      { ...phase("stage", "done"), startMs: 0, endMs: 400 },
      { ...phase("hook.start:shop", "running"), startMs: 500 },
      { ...phase("agent.session", "pending"), needs: ["stage", "hook.start:shop"] },
    ];
    const look = { columns: 60, colour: false, unicode: false };
    const drawn = (nowMs: number) =>
      drawBoot({ state: { ...initialState, phases }, nowMs, frame: 0, look, rows: 10 }).slice(1);
    expect(drawn(750)).toEqual([
      "  + stage             ###########                     400 ms",
      "  - hook.start:shop                 #######           250 ms",
      "  . agent.session     after hook.start:shop",
    ]);
    const cellsAt = (nowMs: number) => drawn(nowMs)[1]?.match(/#/g)?.length ?? 0;
    expect(cellsAt(900)).toBeGreaterThan(cellsAt(750));
  });

  it("says under a phase without output what it waits for, after a moment", () => {
    const waiting = { ...phase("agent.session", "running"), detail: { waitingFor: "an answer" } };
    const state = { ...initialState, phases: [waiting] };
    const look = { columns: 80, colour: false, unicode: true };
    const drawn = (nowMs: number) => drawBoot({ state, nowMs, frame: 0, look, rows: 10 });
    expect(drawn(2_000).at(-1)?.trim()).toBe("waiting for an answer");
    expect(drawn(500).join("\n")).not.toContain("waiting for");
    const printing = { ...state, output: { "agent.session": ["a line"] } };
    const lines = drawBoot({ state: printing, nowMs: 2_000, frame: 0, look, rows: 10 });
    expect(lines.at(-1)?.trim()).toBe("a line");
  });

  it("is ASCII on terminals that show nothing else", () => {
    const state = { ...many, output: {} };
    const look = { columns: 60, colour: false, unicode: false };
    const text = drawBoot({ state, nowMs: 1, frame: 1, look, rows: 100 }).join("\n");
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
    const report = reportOf({ phases: [{ id: "x".repeat(99), ran: [0, 5] }] });
    expect(renderWaterfall(report, look)).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it("a waterfall of a boot that failed before its first phase has no rows without bars", () => {
    const report = reportOf({ outcome: "failed", phases: [{ id: "stage" }] });
    const text = renderWaterfall(report, { columns: 60, colour: false, unicode: false });
    expect(text).toBe("sandboot 1.0.0 - fresh - failed\n");
  });

  it.each([40, 60])("and the waterfall, too, fit %i columns", (columns) => {
    const report = reportOf({ phases: [{ id: "x".repeat(99), ran: [0, 5_000] }], readyMs: 5_000 });
    const text = renderWaterfall(report, { columns, colour: false, unicode: true });
    const [picture = ""] = text.split("critical chain");
    expect(Math.max(...picture.split("\n").map(widthOf))).toBeLessThanOrEqual(columns);
  });
});

describe("a failure", () => {
  const message = "/srv/shop/.openinspect/start.sh ended with exit code 7";
  const said =
    "a long line with 漢字 in it, and a_word_that_is_longer_than_the_room_of_a_line_by_far";
  const report = {
    ...reportOf({ outcome: "failed", phases: [] }),
    fatal: {
      phase: "hook.start:shop",
      failure: { code: "hook-failed", message, outputTail: [said], hint: "look there" },
      readyByThen: ["stage", "agent.spawn"],
    },
  };
  const look = { columns: 40, colour: false, unicode: true };

  it("is wrapped to the terminal's width, and nothing is lost", () => {
    const text = renderFailure(report, { ...look, wraps: true });
    for (const line of text.split("\n")) expect(widthOf(line)).toBeLessThanOrEqual(40);
    const whole = text.replace(/\s|│/g, "");
    for (const part of [message, said, "what to do: look there", "stage, agent.spawn"])
      expect(whole).toContain(part.replaceAll(" ", ""));
  });

  it("leaves a command that shows the whole report in any folder", () => {
    expect(renderWhereRecorded("/srv/history/1.json")).toBe(
      "  Full report: sandboot report /srv/history/1.json\n",
    );
    expect(renderWhereRecorded("/it's/1.json")).toContain(" '/it'\\''s/1.json'\n");
  });

  it("is not wrapped outside of a terminal, where a program may read it", () => {
    const lines = renderFailure(report, { ...look, wraps: false }).split("\n");
    expect(lines[0]).toBe(`sandboot: hook.start:shop failed: ${message}`);
    expect(lines[1]).toBe(`  │ ${said}`);
  });
});

describe("a boot that has ended", () => {
  const look = { columns: 80, colour: false, unicode: true };
  const urls = { bridge: "http://127.0.0.1:7680" };

  it("shows its waterfall, and the URLs of a sandbox that stays", () => {
    const ready = reportOf({ phases: [{ id: "stage", ran: [0, 5] }], readyMs: 5 });
    const text = renderBooted({ ...ready, urls }, look, "work");
    expect(text).toMatch(/✓ stage .*\n.*bridge {2}http:.*\n\n {2}Ctrl-C ends the sandbox\.\n$/s);
    expect(renderBooted({ ...ready, urls }, look, "end")).not.toContain("Ctrl-C");
  });

  it("that failed shows the waterfall with a cross at the phase, and URLs only while they answer", () => {
    const phases = [{ id: "hook.start:shop", ran: [0, 5], status: "failed" }] as const;
    const failed = { ...reportOf({ phases, outcome: "failed" }), urls };
    expect(renderBooted(failed, look, "end")).toMatch(/✗ hook\.start:shop .*█ +5 ms\n/);
    expect(renderBooted(failed, look, "end")).not.toContain(urls.bridge);
    expect(renderBooted(failed, look, "recovery")).toContain(urls.bridge);
  });
});

describe("repainter", () => {
  it("moves up over its own lines, also after a narrower terminal has wrapped them", () => {
    const written: string[] = [];
    const screen = { columns: 40, write: (text: string) => written.push(text) };
    const painter = new Repainter(screen);
    painter.paint(["x".repeat(40), "\u001b[1mshort\u001b[22m", ""]);
    expect(written.at(-1)).not.toContain("A\r");
    painter.paint(["one"]);
    expect(written.at(-1)?.startsWith("\u001b[3A\r")).toBe(true);
    painter.paint(["x".repeat(40), "short"]);
    screen.columns = 16;
    painter.clear();
    expect(written.at(-1)).toBe("\u001b[4A\r\u001b[J\u001b[?25h");
  });

  it("hides the cursor from the first picture until it is removed", () => {
    let text = "";
    const painter = new Repainter({ columns: 40, write: (more) => (text += more) });
    painter.clear();
    expect(text).toBe("");
    painter.paint(["one"]);
    painter.paint(["two"]);
    painter.clear();
    painter.clear();
    expect(text.match(/\[\?25[lh]/g)).toEqual(["[?25l", "[?25h"]);
  });
});

describe("text in cells", () => {
  it("counts wide characters twice and joined ones not at all", () => {
    expect([widthOf("abc"), widthOf("漢字"), widthOf("e\u0301"), widthOf("🚀")]).toEqual([
      3, 4, 1, 2,
    ]);
  });

  it("is cut at the end or in the middle to a number of cells", () => {
    expect(fitWidth("abcdef", 4)).toBe("abc…");
    expect(fitWidth("漢字漢字", 4)).toBe("漢…");
    expect(fitMiddle("hook.start:service-12", 11)).toBe("hook.…ce-12");
    expect(fitMiddle("short", 11)).toBe("short");
  });
});
