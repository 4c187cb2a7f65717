import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSuiteResult } from "../../scripts/lib/vitest-report.mjs";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "vitest-report-"));
afterAll(() => rmSync(folder, { recursive: true }));

function reportOf(report: unknown): string {
  const path = join(folder, "report.json");
  writeFileSync(path, typeof report === "string" ? report : JSON.stringify(report));
  return path;
}

const test = { file: "a.test.ts", name: "works", durationMs: 1, errors: [] };
const clean = {
  tests: [
    { ...test, state: "passed" },
    { ...test, name: "waits", state: "skipped" },
    { ...test, name: "dreams", state: "skipped", note: "no bed" },
  ],
  troubles: [],
};
const well = { exitCode: 0, errorLines: [] };

describe("readSuiteResult", () => {
  it("counts what the report says, and names what was skipped", () => {
    expect(readSuiteResult(reportOf(clean), well)).toEqual({
      passed: 1,
      failures: [],
      skips: ["a.test.ts > waits", "a.test.ts > dreams (no bed)"],
    });
  });

  it("says why a test failed, with the place as the second line", () => {
    const message = "AssertionError: expected 1\nto be 2";
    const error = { message, diff: "- 2\n\n+ 1", cause: "the moon", at: "/a.test.ts:2:3" };
    const failed = { ...test, state: "failed", errors: [error] };
    expect(readSuiteResult(reportOf({ ...clean, tests: [failed] }), ended(1)).failures).toEqual([
      {
        name: "a.test.ts > works",
        details: [
          "AssertionError: expected 1",
          "at /a.test.ts:2:3",
          "to be 2",
          "caused by: the moon",
          "- 2",
          "+ 1",
        ],
      },
    ]);
  });

  it("counts every trouble as a failure", () => {
    const trouble = {
      file: "b.test.ts",
      name: "the file itself",
      errors: [{ message: "Error: no" }],
    };
    const report = { ...clean, troubles: [trouble, { file: "", name: "outside", errors: [] }] };
    expect(readSuiteResult(reportOf(report), ended(1))).toMatchObject({
      passed: 1,
      failures: [
        { name: "b.test.ts > the file itself", details: ["Error: no"] },
        { name: "outside", details: [] },
      ],
    });
  });

  it("does not believe a good report with a bad exit code", () => {
    const errorLines = ["processes that tests have left: 7"];
    expect(readSuiteResult(reportOf(clean), { exitCode: 1, errorLines })).toMatchObject({
      passed: 1,
      failures: [
        { name: "vitest ended with exit code 1, though no test failed", details: errorLines },
      ],
    });
  });

  it.each([
    ["no report", join(folder, "absent.json"), "vitest wrote no report (exit code 0)"],
    ["no tests", { tests: [], troubles: [] }, "vitest found no tests"],
    ["half a report", '{"tests', "vitest wrote a report that is not JSON (exit code 0)"],
  ])("counts %s as a failure", (what, report, name) => {
    const path = what === "no report" ? String(report) : reportOf(report);
    const end = { exitCode: 0, errorLines: ["out of memory"] };
    expect(readSuiteResult(path, end)).toEqual({
      passed: 0,
      failures: [{ name, details: ["out of memory"] }],
      skips: [],
    });
  });
});

function ended(exitCode: number): { exitCode: number; errorLines: string[] } {
  return { exitCode, errorLines: [] };
}

describe("our reporter, in a vitest whose tests fail in every way", () => {
  const suite = join(folder, "suite");
  const report = join(folder, "of-suite.json");

  beforeAll(() => {
    mkdirSync(suite);
    writeFileSync(join(suite, "ways.test.mjs"), FAILING_TESTS);
    writeFileSync(join(suite, "broken.test.mjs"), 'import "./nothing.mjs";');
    writeFileSync(
      join(suite, "killed.test.mjs"),
      'it("x", () => process.kill(process.pid, "SIGKILL"));',
    );
    const vitest = join(root, "node_modules/.bin/vitest");
    const reporter = join(root, "scripts/lib/vitest-reporter.mjs");
    const args = ["run", "--globals", `--root=${suite}`, `--reporter=${reporter}`];
    spawnSync(vitest, [...args, `--outputFile=${report}`]);
  });

  it("names each failure, its reason and its place", () => {
    const { passed, failures } = readSuiteResult(report, ended(1));
    expect(passed).toBe(2);
    const found = failures.map(({ name, details }) => [name, details[0]]);
    expect(Object.fromEntries(found)).toEqual({
      "ways.test.mjs > outer > differs":
        "AssertionError: expected [ 1, 2 ] to deeply equal [ 1, 3 ]",
      "ways.test.mjs > no set-up: its hooks": "TypeError: cannot set up",
      "ways.test.mjs > no tear-down: its hooks": "TypeError: cannot tear down",
      "broken.test.mjs > the file itself": expect.stringContaining("nothing.mjs"),
      "killed.test.mjs > the file did not end": undefined,
      "an error outside of any test": expect.anything(),
    });
    const differs = failures.find(({ name }) => name.endsWith("differs"));
    expect(differs?.details.slice(1)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/ways\.test\.mjs:\d+:\d+$/),
        "-   3,",
        "+   2,",
      ]),
    );
    expect(failures.flatMap(({ details }) => details)).toEqual(
      expect.arrayContaining([
        "Error: nobody awaits this",
        expect.stringMatching(/^caused by: .*SIGKILL/),
      ]),
    );
  });

  it("says which tests were skipped, and why", () => {
    expect(readSuiteResult(report, ended(1)).skips).toEqual(
      expect.arrayContaining(["ways.test.mjs > waits", "ways.test.mjs > dreams (no bed)"]),
    );
  });
});

const FAILING_TESTS = `
describe("outer", () => { it("differs", () => expect([1, 2]).toEqual([1, 3])); });
it.skip("waits", () => {});
it("dreams", ({ skip }) => skip("no bed"));
it("forgets", async () => {
  void Promise.reject(new Error("nobody awaits this"));
  await new Promise((resolve) => setImmediate(resolve));
});
describe("no set-up", () => {
  beforeAll(() => { throw new TypeError("cannot set up"); });
  it("never runs", () => {});
});
describe("no tear-down", () => {
  afterAll(() => { throw new TypeError("cannot tear down"); });
  it("runs", () => {});
});
`;
