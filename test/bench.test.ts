import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { evaluate as evaluateAdopts, renderTable as renderAdopts } from "../bench/adopt/result.ts";
import { evaluate } from "../bench/boot/result.ts";
import { evaluate as evaluateAnswers, renderTable } from "../bench/first-answer/result.ts";
import { alternate } from "../bench/lib/alternate.ts";
import { parseBenchOptions } from "../bench/lib/options.ts";
import { slowGitRemote } from "../bench/lib/slow-git-remote.ts";
import { pairedRatio, quantile, summarize } from "../bench/lib/stats.ts";
import { formatMs, formatTable } from "../bench/lib/table.ts";
import { isMet, renderTargets, toJson } from "../bench/stage/result.ts";
import { benchmarksIn } from "../scripts/lib/benchmarks.mjs";

describe("stats", () => {
  it("interpolates between neighbours and leaves the sample alone", () => {
    const sample = [40, 10, 20, 30];
    expect(quantile(sample, 0.5)).toBe(25);
    expect(quantile(sample, 0.9)).toBeCloseTo(37);
    expect(summarize([7])).toEqual({ count: 1, min: 7, median: 7, p95: 7, max: 7 });
    expect(sample).toEqual([40, 10, 20, 30]);
  });

  it("has no answer for nothing", () => {
    expect(() => quantile([], 0.5)).toThrow("the sample is empty");
    expect(() => quantile([1], 1.5)).toThrow("between 0 and 1");
  });
});

describe("npm run bench", () => {
  it("lists every benchmark, each with a line of its own that says what is measured", () => {
    const benchmarks = benchmarksIn(join(import.meta.dirname, "../bench"));
    expect(benchmarks.map(({ name }) => name)).toEqual(expect.arrayContaining(["boot", "stage"]));
    for (const { name, about } of benchmarks) expect(about, name).toMatch(/^[A-Z].{20,}\.$/);
    const shown = execFileSync("node", [join(import.meta.dirname, "../scripts/bench.mjs")], {
      encoding: "utf8",
    });
    for (const { name, about } of benchmarks) {
      expect(shown.split("\n")).toContain(`  ${name.padEnd(14)}  ${about}`);
    }
  });
});

describe("alternate", () => {
  it("warms up once, changes who goes first, and keeps every sample but the warm-up's", async () => {
    const order: string[] = [];
    const contender = (id: string) => ({
      id,
      run: async (round: number) => {
        order.push(`${id}${round}`);
        return round;
      },
    });
    const samples = await alternate({
      contenders: [contender("a"), contender("b")],
      runs: 2,
      signal: new AbortController().signal,
    });
    expect(order).toEqual(["a0", "b0", "b1", "a1", "a2", "b2"]);
    expect(samples).toEqual(
      new Map([
        ["a", [1, 2]],
        ["b", [1, 2]],
      ]),
    );
  });

  it("leaves a slow one out after its first rounds, and does not warm it up", async () => {
    const run = async (round: number) => round;
    const samples = await alternate({
      contenders: [
        { id: "fast", run },
        { id: "slow", run, fewerRuns: 2 },
      ],
      runs: 4,
      signal: new AbortController().signal,
    });
    expect(samples).toEqual(
      new Map([
        ["fast", [1, 2, 3, 4]],
        ["slow", [1, 2]],
      ]),
    );
  });
});

describe("parseBenchOptions", () => {
  it("has defaults", () => {
    expect(parseBenchOptions([], ["first", "second"])).toEqual({
      runs: 10,
      out: null,
      caseName: "first",
    });
  });

  it.each([
    [["--runs", "0"], '--runs: expected a whole number above 0, found "0"'],
    [["--runs", "x"], '--runs: expected a whole number above 0, found "x"'],
    [["--case", "third"], '--case: expected one of first, second, found "third"'],
  ])("refuses %j", (args, message) => {
    expect(() => parseBenchOptions(args, ["first", "second"])).toThrow(message);
  });
});

describe("tables", () => {
  it("lines up", () => {
    expect(
      formatTable(
        ["", "ms"],
        [
          ["long name", "1"],
          ["b", "1,234"],
        ],
      ),
    ).toBe(
      ["              ms", "─────────  ─────", "long name      1", "b          1,234"].join("\n"),
    );
    expect([9.94, 10.6, 1234.5].map(formatMs)).toEqual(["9.9 ms", "11 ms", "1,235 ms"]);
  });
});

describe("evaluate", () => {
  const sample = (sessionMs: number) => ({
    listeningMs: sessionMs - 1,
    sessionMs,
    readyMs: null,
    spawnedMs: null,
    phases: {},
  });
  const bootCase = { name: "any", baseline: "a", measured: "b" };

  it("divides the medians, and the rounds", () => {
    const result = evaluate(
      bootCase,
      new Map([
        ["a", [sample(100), sample(200), sample(400)]],
        ["b", [sample(110), sample(300), sample(360)]],
      ]),
    );
    expect(result.ratio).toBe(1.5);
    expect(result.pairedRatio).toBe(1.1);
    expect(result.medians).toEqual({
      a: { listeningMs: 199, sessionMs: 200, readyMs: null, spawnedMs: null },
      b: { listeningMs: 299, sessionMs: 300, readyMs: null, spawnedMs: null },
    });
    expect(result.samples).toMatchObject({ a: [{ sessionMs: 100 }, {}, {}], b: [{}, {}, {}] });
  });

  it("has no answer without samples", () => {
    expect(() => evaluate(bootCase, new Map())).toThrow("the sample is empty");
  });
});

describe("slowGitRemote", () => {
  it("serves a repository over HTTP", async () => {
    const root = mkdtempSync(join(tmpdir(), "slow-remote-"));
    try {
      execFileSync("git", [
        "init",
        "--quiet",
        "--bare",
        "--initial-branch=main",
        join(root, "a.git"),
      ]);
      execFileSync("git", ["fast-import", "--quiet"], {
        cwd: join(root, "a.git"),
        input: "commit refs/heads/main\ncommitter A <a@example.invalid> 0 +0000\ndata 3\nyes\n",
      });
      await using remote = await slowGitRemote({ root, delayMs: 0 });
      const { stdout } = await promisify(execFile)("git", [
        "ls-remote",
        `${remote.url}/a.git`,
        "main",
      ]);
      expect(stdout).toMatch(/^[0-9a-f]{40}\trefs\/heads\/main\n$/);
      expect(remote.requestCount()).toBeGreaterThan(0);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

describe("bench/stage", () => {
  const [ours, theirs] = [
    [1, 2, 30],
    [2, 4, 10],
  ];
  const samples = new Map([
    ["ours", ours],
    ["theirs", theirs],
  ]);

  it("compares round by round", () => {
    expect(pairedRatio(ours, theirs)).toBe(0.5);
    expect(() => pairedRatio(ours, [])).toThrow("the sample is empty");
  });

  it("says which targets are met, up to the limit itself", () => {
    const target = { what: "copy", limit: 1, unit: "×" } as const;
    const [met, missed] = [
      { ...target, found: 1 },
      { ...target, found: 1.01 },
    ];
    expect([isMet(met), isMet(missed)]).toEqual([true, false]);
    const lines = renderTargets([met, missed]).split("\n");
    expect(lines[2]).toMatch(/^copy +1\.00 × +≤ 1\.00 × +met$/);
    expect(lines[3]).toMatch(/not met$/);
    const json = toJson([{ id: "copy", title: "Copy", samples }], [met, missed]);
    expect(json.targets.map((one) => one.met)).toEqual([true, false]);
    expect(json.sections[0]?.summaries["ours"]?.median).toBe(2);
  });
});

describe("first-answer", () => {
  const sample = { readyMs: 100, firstMs: 300, untilFirstMs: 400, steadyMs: 100 };
  const samples = new Map([
    ["by-hand", [sample, sample]],
    [
      "ours",
      [
        { ...sample, firstMs: 150, untilFirstMs: 200 },
        { ...sample, steadyMs: 200 },
      ],
    ],
    ["nobody", [{ ...sample, firstMs: 0, steadyMs: 0 }]],
  ]);
  const result = evaluateAnswers({ name: "fresh-home", baseline: "by-hand" }, samples);

  it("divides each first answer by the steady ones of the same run, and the whole by the baseline", () => {
    expect(result.contenders["ours"]).toMatchObject({
      firstToSteady: 1.5,
      untilFirstToBaseline: 0.75,
    });
    expect(result.contenders["nobody"]).toMatchObject({ firstToSteady: 0 });
  });

  it("shows no figure of who was asked nothing", () => {
    const lines = renderTable(result, "by-hand").split("\n");
    expect(lines.at(-1)).toMatch(/^nobody\s+100 ms\s+400 ms\s+1\.000$/);
  });
});

describe("adopt", () => {
  const byHand = { readyMs: 100, beyondMs: 0, untilFirstMs: 0, runtimeMiB: 0, agentMiB: 0 };
  const bound = { ...byHand, readyMs: 240, beyondMs: 140, untilFirstMs: 900, agentMiB: 200.4 };
  const samples = new Map([
    ["by hand", [byHand]],
    ["binding", [bound, { ...bound, readyMs: 260, runtimeMiB: 70 }, { ...bound, runtimeMiB: 80 }]],
  ]);

  it("shows medians, and no figure of what was not done", () => {
    const lines = renderAdopts(evaluateAdopts(samples)).split("\n");
    expect(lines.at(-2)).toMatch(/^by hand\s+100 ms$/);
    expect(lines.at(-1)).toMatch(/^binding\s+240 ms\s+140 ms\s+900 ms\s+70 MiB\s+200 MiB$/);
  });
});
