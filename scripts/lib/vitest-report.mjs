// Counts what our reporter of vitest (vitest-reporter.mjs) has written, and does not believe a silence.
import { readFileSync } from "node:fs";

/**
 * @typedef {import("./vitest-reporter.mjs").Report} Report
 * @typedef {import("./vitest-reporter.mjs").ReportedError} ReportedError
 *
 * @typedef {object} Failure
 * @property {string} name with the file, if there is one
 * @property {string[]} details lines
 *
 * @typedef {object} SuiteResult
 * @property {number} passed
 * @property {Failure[]} failures a test that failed, or anything else that did: a hook, a file that did not load, a crash
 * @property {string[]} skips names of skipped tests, each with its reason if it gave one
 */

/**
 * @param {string} reportPath what our reporter wrote
 * @param {{ exitCode: number, errorLines: string[] }} end of vitest; the lines are the last ones of its stderr
 * @returns {SuiteResult} with a failure whenever vitest did not end well, report or no report
 */
export function readSuiteResult(reportPath, { exitCode, errorLines }) {
  /** @type {Report} */
  let report;
  try {
    report = JSON.parse(readFileSync(reportPath, "utf8"));
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const why = missing ? "wrote no report" : "wrote a report that is not JSON";
    return onlyFailure(`vitest ${why} (exit code ${exitCode})`, errorLines);
  }
  const named = ({ file, name }) => [file, name].filter((part) => part !== "").join(" > ");
  const inState = (wanted) => report.tests.filter(({ state }) => state === wanted);
  const failures = [...inState("failed"), ...report.troubles].map((failed) => ({
    name: named(failed),
    details: failed.errors.flatMap(linesOf),
  }));
  const passed = inState("passed").length;
  const skips = inState("skipped").map((test) =>
    test.note === undefined ? named(test) : `${named(test)} (${test.note})`,
  );
  if (passed + failures.length + skips.length === 0)
    return onlyFailure("vitest found no tests", errorLines);
  if (exitCode !== 0 && failures.length === 0)
    failures.push({
      name: `vitest ended with exit code ${exitCode}, though no test failed`,
      details: errorLines,
    });
  return { passed, failures, skips };
}

/** @param {ReportedError} error @returns {string[]} */
function linesOf({ message, diff, cause, at }) {
  const parts = [message, ...(cause === undefined ? [] : [`caused by: ${cause}`]), diff ?? ""];
  const lines = parts.flatMap((part) => part.split("\n")).filter((line) => line.trim() !== "");
  // Its place comes second, because the end is cut off.
  if (at !== undefined) lines.splice(1, 0, `at ${at}`);
  return lines;
}

/** @param {string} name @param {string[]} details @returns {SuiteResult} */
function onlyFailure(name, details) {
  return { passed: 0, failures: [{ name, details }], skips: [] };
}
