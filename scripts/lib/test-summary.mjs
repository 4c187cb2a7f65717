// The end of what `npm test` prints. Who sees only its last lines, as in a log that was cut, still learns which test failed.
import { bold, dim, green, red, seconds } from "./progress.mjs";

/**
 * @typedef {import("./vitest-report.mjs").SuiteResult} SuiteResult
 * @typedef {import("./vitest-report.mjs").Failure} Failure
 * @typedef {{ name: string, result: SuiteResult, durationMs: number }} Outcome
 */

/** Of one failure. */
const MAX_DETAIL_LINES = 12;
const MAX_DETAIL_COLUMNS = 200;
/** The first ones are shown with details, all of them by name. */
const MAX_DETAILED_FAILURES = 20;

/** @param {Outcome[]} outcomes @returns {string} a table, every skipped test, every failed one, and the line that counts them */
export function summary(outcomes) {
  const parts = [table(outcomes), ...skipped(outcomes), ...failed(outcomes), "", counts(outcomes)];
  return `\n${parts.join("\n")}\n`;
}

/** @param {Outcome[]} outcomes */
function table(outcomes) {
  const width = Math.max(...outcomes.map(({ name }) => name.length));
  const count = (number, paint) => (number === 0 ? dim : paint)(String(number).padStart(7));
  const lines = outcomes.map(({ name, result, durationMs }) =>
    [
      result.failures.length === 0 ? green("✓") : red("✗"),
      ` ${name.padEnd(width)}`,
      count(result.passed, green),
      count(result.failures.length, red),
      count(result.skips.length, bold),
      seconds(durationMs).padStart(9),
    ].join(""),
  );
  return [dim(`  ${"".padEnd(width)} passed failed skipped    time`), ...lines].join("\n");
}

/** @param {Outcome[]} outcomes */
function skipped(outcomes) {
  const lines = outcomes.flatMap(({ name, result }) =>
    result.skips.map((skip) => `- ${name}: ${oneLine(skip)}`),
  );
  return lines.length === 0 ? [] : ["", bold("skipped"), ...lines];
}

/** @param {Outcome[]} outcomes */
function failed(outcomes) {
  const all = outcomes.flatMap(({ name, result }) =>
    result.failures.map((failure) => ({ ...failure, name: `${name}: ${failure.name}` })),
  );
  const lines = all.flatMap(({ name, details }, index) => [
    `${red("✗")} ${oneLine(name)}`,
    ...(index < MAX_DETAILED_FAILURES ? shortened(details) : []),
  ]);
  return lines.length === 0 ? [] : ["", bold("failed"), ...lines];
}

/** @param {string[]} details */
function shortened(details) {
  const rest = details.length - MAX_DETAIL_LINES;
  const shown = details.slice(0, MAX_DETAIL_LINES);
  if (rest > 0) shown.push(`… (${rest} more)`);
  return shown.map((line) => `    ${oneLine(line)}`);
}

/** @param {string} text */
function oneLine(text) {
  const line = text.replaceAll(/\s*\n\s*/g, " ");
  return line.length > MAX_DETAIL_COLUMNS ? `${line.slice(0, MAX_DETAIL_COLUMNS)}…` : line;
}

/** @param {Outcome[]} outcomes */
function counts(outcomes) {
  const total = (count) => outcomes.reduce((sum, { result }) => sum + count(result), 0);
  const passed = total((result) => result.passed);
  const failures = total((result) => result.failures.length);
  const skips = total((result) => result.skips.length);
  return `${passed} passed, ${failures} failed, ${skips} skipped`;
}
