// vitest's reporter for the summary of `npm test`. Unlike vitest's own JSON, what it writes to `--outputFile` has failed
// hooks, errors outside of tests and the reasons given to `skip`.
import { writeFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";

/**
 * @typedef {object} ReportedError
 * @property {string} message
 * @property {string} [diff] between expected and received
 * @property {string} [cause] its message
 * @property {string} [at] `file:line:column` of the first frame
 *
 * @typedef {object} ReportedTest
 * @property {string} file
 * @property {string} name with those of the suites around it
 * @property {"passed" | "failed" | "skipped" | "pending"} state pending: it did not end
 * @property {number} durationMs
 * @property {string} [note] why it was skipped, when it said so
 * @property {ReportedError[]} errors
 *
 * @typedef {object} Trouble what failed without being a test
 * @property {string} file empty: of no file
 * @property {string} name
 * @property {ReportedError[]} errors
 *
 * @typedef {object} Report
 * @property {ReportedTest[]} tests
 * @property {Trouble[]} troubles
 */

export default class SummaryReporter {
  /** @param {import("vitest/node").Vitest} vitest */
  onInit(vitest) {
    this.vitest = vitest;
  }

  /**
   * @param {readonly import("vitest/node").TestModule[]} modules
   * @param {readonly import("vitest/node").SerializedError[]} unhandled
   */
  onTestRunEnd(modules, unhandled) {
    /** @type {Report} */
    const report = {
      tests: modules.flatMap((module) => [...module.children.allTests()].map(reportedTest)),
      troubles: [
        ...modules.flatMap(troublesOf),
        ...unhandled.map((error) => ({
          file: "",
          name: "an error outside of any test",
          errors: [reportedError(error)],
        })),
      ],
    };
    writeFileSync(String(this.vitest?.config.outputFile), JSON.stringify(report));
  }
}

/** @param {import("vitest/node").TestCase} test @returns {ReportedTest} */
function reportedTest(test) {
  const result = test.result();
  return {
    file: test.module.relativeModuleId,
    name: test.fullName,
    state: result.state,
    durationMs: test.diagnostic()?.duration ?? 0,
    ...(result.state === "skipped" && result.note !== undefined ? { note: result.note } : {}),
    errors: (result.errors ?? []).map(reportedError),
  };
}

/** @param {import("vitest/node").TestModule} module @returns {Trouble[]} */
function troublesOf(module) {
  const file = module.relativeModuleId;
  const suites = [...module.children.allSuites()].map((suite) => ({
    file,
    name: `${suite.fullName}: its hooks`,
    errors: suite.errors().map(reportedError),
  }));
  const own = { file, name: "the file itself", errors: module.errors().map(reportedError) };
  const ended = ["pending", "queued"].includes(module.state())
    ? [{ file, name: "the file did not end", errors: [] }]
    : [];
  return [...[own, ...suites].filter(({ errors }) => errors.length > 0), ...ended];
}

/** @param {import("vitest/node").SerializedError} error @returns {ReportedError} */
function reportedError(error) {
  const frame = error.stacks?.[0];
  const plain = stripVTControlCharacters;
  return {
    message: plain(`${error.name ?? "Error"}: ${error.message}`),
    ...(error.diff == null ? {} : { diff: plain(String(error.diff)) }),
    ...(error.cause == null ? {} : { cause: plain(String(error.cause.message)) }),
    ...(frame === undefined ? {} : { at: `${frame.file}:${frame.line}:${frame.column}` }),
  };
}
