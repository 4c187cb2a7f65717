// Counts what vitest's JSON report says, and does not believe a silence.
import { readFileSync } from "node:fs";

/**
 * @typedef {object} SuiteResult
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {string[]} problems what failed without being a failed test: a file that did not load, a crash
 */

/**
 * @param {string} reportPath what `--reporter=json` wrote
 * @param {number} exitCode of vitest
 * @returns {SuiteResult} with `failed` ≥ 1 whenever vitest did not end well, report or no report
 */
export function readSuiteResult(reportPath, exitCode) {
  let report;
  try {
    report = JSON.parse(readFileSync(reportPath, "utf8"));
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const why = missing ? "wrote no report" : "wrote a report that is not JSON";
    return nothingCounted(`vitest ${why} (exit code ${exitCode})`);
  }
  // A file that fails to load has no tests of its own to fail.
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  );
  const passed = report.numPassedTests;
  const failed = report.numFailedTests + brokenFiles.length;
  const skipped = report.numPendingTests + report.numTodoTests;
  const problems = brokenFiles.map(({ name }) => `${name} did not run`);
  if (passed + failed + skipped === 0) return nothingCounted("vitest found no tests");
  if (exitCode !== 0 && failed === 0) {
    problems.push(`vitest ended with exit code ${exitCode}, though no test failed`);
    return { passed, failed: 1, skipped, problems };
  }
  return { passed, failed, skipped, problems };
}

/** @param {string} problem @returns {SuiteResult} */
function nothingCounted(problem) {
  return { passed: 0, failed: 1, skipped: 0, problems: [problem] };
}
