import { describe, expect, it } from "vitest";
import { formatTick, ticksIn } from "../../../src/protocol/derive/axis.ts";
import {
  formatBytes,
  formatDetail,
  formatDifference,
  formatDuration,
  tellingDetails,
} from "../../../src/protocol/derive/format.ts";

describe("a duration", () => {
  it.each([
    [-3, "0 ms"],
    [0.2, "0 ms"],
    [41.4, "41 ms"],
    [999.4, "999 ms"],
    [999.7, "1.00 s"],
    [2_068, "2.07 s"],
    [59_994, "59.99 s"],
    [59_996, "1 min 00 s"],
    [65_000, "1 min 05 s"],
    [3_599_400, "59 min 59 s"],
    [3_599_600, "1 h 00 min"],
    [3_700_000, "1 h 02 min"],
  ])("of %f ms is %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

it("a difference has a sign, and only ASCII characters where that is asked for", () => {
  const durations = [2_000.4, 2_120, 700];
  expect(durations.map((ms) => formatDifference(ms, 2_000))).toEqual([
    "±0 ms",
    "+120 ms",
    "−1.30 s",
  ]);
  expect(durations.map((ms) => formatDifference(ms, 2_000, "ascii"))).toEqual([
    "0 ms",
    "+120 ms",
    "-1.30 s",
  ]);
});

it("a size has a decimal unit", () => {
  expect([0, 12, 1_840, 9_960, 63_214_000, 1e15].map(formatBytes)).toEqual([
    "0 B",
    "12 B",
    "1.8 kB",
    "10 kB",
    "63 MB",
    "1000 TB",
  ]);
});

describe("a detail of a phase", () => {
  it.each([
    ["lagMs", 24.006_358, "lag", "24 ms"],
    ["copiedBytes", 63_214_000, "copied", "63 MB"],
    ["heldUntilNow", true, "held until now", "yes"],
    ["ratio", 0.123_456, "ratio", "0.123"],
    ["sha", "1b49227ca36b6930ac55239e12891fc5d8df3214", "sha", "1b49227ca36b"],
    ["branch", "main", "branch", "main"],
    ["changed", [], "changed", "none"],
    ["changed", ["a", "b"], "changed", "a, b"],
    ["where", { x: 1 }, "where", "x 1"],
    ["folder", null, "folder", "none"],
    [
      "folders",
      [
        { path: "/a", linkedMs: 4, missing: [] },
        { path: "/b", isWhole: true },
      ],
      "folders",
      "path /a, linked 4 ms; path /b, is whole yes",
    ],
    ["latencyMs", "unknown", "latency ms", "unknown"],
    ["by", "log-line", "noticed by", "log-line"],
  ])("%s: %j is %s: %s", (key, value, name, text) => {
    expect(formatDetail(key, value)).toEqual([name, text]);
  });
});

it("what says nothing is left out", () => {
  const detail = { changed: [], branch: null, name: "", parts: { a: [] }, held: 0, done: false };
  expect(tellingDetails(detail)).toEqual([
    ["held", 0],
    ["done", false],
  ]);
});

describe("the axis", () => {
  const labels = (fromMs: number, toMs: number, most: number) =>
    ticksIn({ fromMs, toMs }, most).map((ms) => formatTick(ms, { fromMs, toMs }));

  it("has round figures, about as many as were asked for", () => {
    expect(labels(0, 2_400, 5)).toEqual(["0", "0.5 s", "1.0 s", "1.5 s", "2.0 s"]);
    expect(labels(0, 5_160, 6)).toEqual(["0", "1 s", "2 s", "3 s", "4 s", "5 s"]);
    expect(labels(0, 40, 6)).toEqual(["0", "10 ms", "20 ms", "30 ms", "40 ms"]);
    expect(labels(3.2, 6.9, 2)).toEqual(["4 ms", "6 ms"]);
  });
});
