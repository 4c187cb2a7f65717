import { describe, expect, it } from "vitest";
import { summary } from "../../scripts/lib/test-summary.mjs";
import type { SuiteResult } from "../../scripts/lib/vitest-report.mjs";

function linesOf(...results: Partial<SuiteResult>[]): string[] {
  const outcomes = results.map((result, index) => ({
    name: `suite${index}`,
    result: { passed: 1, failures: [], skips: [], ...result },
    durationMs: 1500,
  }));
  return summary(outcomes).split("\n");
}

describe("the summary of npm test", () => {
  it("is a table and a line of counts when all is well", () => {
    expect(linesOf({}, { passed: 20 })).toEqual([
      "",
      "         passed failed skipped    time",
      "✓ suite0      1      0      0    1.5 s",
      "✓ suite1     20      0      0    1.5 s",
      "",
      "21 passed, 0 failed, 0 skipped",
      "",
    ]);
  });

  it("names what was skipped, then what failed, and ends with the counts", () => {
    const failures = [{ name: "a.test.ts > works", details: ["Error: no", "at a.test.ts:1:2"] }];
    const lines = linesOf({ failures }, { skips: ["b.test.ts > dreams (no bed)"] });
    expect(lines.slice(4)).toEqual([
      "",
      "skipped",
      "- suite1: b.test.ts > dreams (no bed)",
      "",
      "failed",
      "✗ suite0: a.test.ts > works",
      "    Error: no",
      "    at a.test.ts:1:2",
      "",
      "2 passed, 1 failed, 1 skipped",
      "",
    ]);
  });

  it("names all of a thousand failures, and stays short", () => {
    const details = Array.from({ length: 500 }, () => "x".repeat(100_000));
    const failures = Array.from({ length: 1000 }, (_, index) => ({
      name: `t${index}\nz`,
      details,
    }));
    const lines = linesOf({ failures });
    expect(lines.filter((line) => line.startsWith("✗ suite0: t"))).toHaveLength(1000);
    expect(lines).toContain("✗ suite0: t999 z");
    expect(lines).toContain("    … (488 more)");
    expect(lines.join("\n").length).toBeLessThan(100_000);
    expect(lines.at(-2)).toBe("1 passed, 1000 failed, 0 skipped");
  });
});
