import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readSuiteResult } from "../../scripts/lib/vitest-report.mjs";

const folder = mkdtempSync(join(tmpdir(), "vitest-report-"));
afterAll(() => rmSync(folder, { recursive: true }));

function reportOf(report: unknown): string {
  const path = join(folder, "report.json");
  writeFileSync(path, typeof report === "string" ? report : JSON.stringify(report));
  return path;
}

const clean = {
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 1,
  testResults: [{ name: "a.test.ts", status: "passed", assertionResults: [{ status: "passed" }] }],
};

describe("readSuiteResult", () => {
  it("counts what the report says", () => {
    expect(readSuiteResult(reportOf(clean), 0)).toEqual({
      passed: 3,
      failed: 0,
      skipped: 2,
      problems: [],
    });
  });

  it("counts a file that did not load as one failure", () => {
    const broken = { name: "b.test.ts", status: "failed", assertionResults: [] };
    const report = { ...clean, testResults: [...clean.testResults, broken] };
    expect(readSuiteResult(reportOf(report), 1)).toMatchObject({
      passed: 3,
      failed: 1,
      problems: ["b.test.ts did not run"],
    });
  });

  it("counts a failed test once", () => {
    const failed = {
      name: "b.test.ts",
      status: "failed",
      assertionResults: [{ status: "failed" }],
    };
    const report = { ...clean, numFailedTests: 1, testResults: [failed] };
    expect(readSuiteResult(reportOf(report), 1)).toMatchObject({ failed: 1, problems: [] });
  });

  it("does not believe a good report with a bad exit code", () => {
    expect(readSuiteResult(reportOf(clean), 1)).toMatchObject({
      passed: 3,
      failed: 1,
      problems: ["vitest ended with exit code 1, though no test failed"],
    });
  });

  it.each([
    ["no report", join(folder, "absent.json"), "vitest wrote no report (exit code 0)"],
    [
      "no tests",
      { ...clean, numPassedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] },
      "vitest found no tests",
    ],
    ["half a report", '{"numPassed', "vitest wrote a report that is not JSON (exit code 0)"],
  ])("counts %s as a failure", (what, report, problem) => {
    const path = what === "no report" ? String(report) : reportOf(report);
    expect(readSuiteResult(path, 0)).toEqual({
      passed: 0,
      failed: 1,
      skipped: 0,
      problems: [problem],
    });
  });
});
