// `npm test`: installs what is missing and runs everything there is to check, each step even if one before it failed.
// `npm test -- NAME…` runs only the steps of those names, `npm test -- --changed[=REVISION]` only the tests that what differs
// from a revision (default: HEAD) can affect. The last line counts what really ran.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  buildPackages,
  ensureDebianPackages,
  ensureDependencies,
  root,
  runScript,
  testCommands,
  toolEnvironment,
} from "./bootstrap.mjs";
import { changedFiles, testsFor } from "./lib/changed.mjs";
import { CommandError, run, stream } from "./lib/child.mjs";
import {
  ALREADY_THERE,
  bold,
  dim,
  green,
  red,
  seconds,
  step,
  Unavailable,
} from "./lib/progress.mjs";
import { readSuiteResult } from "./lib/vitest-report.mjs";

/**
 * @typedef {import("./lib/vitest-report.mjs").SuiteResult} SuiteResult
 * @typedef {{ name: string, needsPrograms?: boolean, execute: () => Promise<SuiteResult> }} TestStep
 * @typedef {{ name: string, result: SuiteResult, durationMs: number }} Outcome
 */

const reports = join(root, "test-results", "vitest");

/** A command that either succeeds or not; its output is shown when it does not. @returns {TestStep} */
function check(name, title, [command, ...args]) {
  return {
    name,
    async execute() {
      try {
        await step(title, () =>
          run(join(root, "node_modules", ".bin", command), args, {
            cwd: root,
            env: toolEnvironment,
          }),
        );
        return { passed: 1, failed: 0, skipped: 0, problems: [] };
      } catch (error) {
        return failedCheck(error);
      }
    },
  };
}

/** @returns {SuiteResult} */
function failedCheck(error) {
  if (error instanceof CommandError) process.stdout.write(`${error.output.trimEnd()}\n`);
  const problem = error instanceof Error ? error.message : String(error);
  return { passed: 0, failed: 1, skipped: 0, problems: [problem] };
}

/**
 * The tests of one folder, by vitest, with its output as it comes.
 *
 * @param {string[]} [files] only these
 * @returns {TestStep}
 */
function suite(name, folder, files = []) {
  return {
    name,
    async execute() {
      const report = join(reports, `${name}.json`);
      process.stdout.write(`\n${bold(`${name}: tests`)}\n`);
      const exitCode = await stream(
        join(root, "node_modules", ".bin", "vitest"),
        ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...files],
        { cwd: folder, env: toolEnvironment },
      );
      return readSuiteResult(report, exitCode);
    },
  };
}

/** @param {string[] | null} changed null: everything @returns {TestStep[]} */
function packageSuites(changed) {
  const packages = join(root, "packages");
  return readdirSync(packages)
    .map((name) => ({ name, manifest: join(packages, name, "package.json") }))
    .filter(
      ({ manifest }) =>
        existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).scripts?.test,
    )
    .flatMap(({ name }) => {
      const choice = changed === null ? null : testsFor(name, changed);
      if (choice?.id === "none") return [];
      const files = choice?.id === "files" ? choice.files : [];
      return [{ ...suite(name, join(packages, name), files), needsPrograms: true }];
    });
}

/** @type {TestStep} */
const build = {
  name: "build",
  async execute() {
    try {
      await buildPackages();
      return { passed: 1, failed: 0, skipped: 0, problems: [] };
    } catch (error) {
      return failedCheck(error);
    }
  },
};

/** @type {(changed: string[] | null) => TestStep[]} */
const allSteps = (changed) => [
  check("types", "types (tsc)", [
    "turbo",
    "run",
    "typecheck",
    "//#typecheck:root",
    "--continue",
    "--output-logs=errors-only",
  ]),
  check("lint", "lint and format (biome)", ["biome", "check", "--error-on-warnings", "."]),
  check("deps", "unused files, exports and dependencies (knip)", ["knip"]),
  build,
  suite("repository", root),
  ...packageSuites(changed),
];

/** @param {string[]} args names of steps, and `--changed[=REVISION]` @returns {TestStep[]} */
function chosenSteps(args) {
  const flag = args.find((argument) => /^--changed(=|$)/.test(argument));
  const names = args.filter((argument) => argument !== flag);
  const steps = allSteps(
    flag === undefined ? null : changedFiles(root, flag.split("=")[1] ?? "HEAD"),
  );
  if (names.length === 0) return steps;
  const unknown = names.filter((name) => !steps.some((known) => known.name === name));
  if (unknown.length > 0) {
    const known = steps.map(({ name }) => name).join(", ");
    throw new Error(`no step is called ${unknown.join(", ")}; there are: ${known}`);
  }
  return steps.filter(({ name }) => names.includes(name));
}

/** What only the packages' tests use. */
const programs = {
  "system packages": () => ensureDebianPackages(testCommands),
  "code-server": () =>
    step("code-server", async (note) => {
      const { ensureCodeServer } = await import("./code-server.mjs");
      return ensureCodeServer({ note });
    }),
  "oldest code-server": () =>
    step("code-server, the oldest for the panel", async (note) => {
      const { ensureCodeServer, OLDEST_CODE_SERVER_VERSION } = await import("./code-server.mjs");
      return ensureCodeServer({ version: OLDEST_CODE_SERVER_VERSION, note });
    }),
  "ACP agents": () =>
    step("agents that speak ACP", async (note) => {
      const { ACP_AGENTS, tryAcpAgent } = await import("./acp-agents.mjs");
      const all = await Promise.all(Object.keys(ACP_AGENTS).map((name) => tryAcpAgent(name)));
      const missing = all.flatMap((found) => ("missing" in found ? [found.missing] : []));
      if (missing.length > 0)
        throw new Unavailable(`${missing.join("; ")}. Their tests are skipped`);
      note("from npm, once per version");
    }),
  ttyd: () =>
    step("ttyd", async (note) => {
      const { ensureTtyd } = await import("./ttyd.mjs");
      const { installed } = await ensureTtyd();
      if (!installed) return ALREADY_THERE;
      note("from a later Debian suite");
      return undefined;
    }),
};

/**
 * A failed preparation is a failure like any other, and what does not need it still runs.
 *
 * @param {TestStep[]} steps
 * @returns {Promise<Outcome[]>} the failures
 */
async function prepare(steps) {
  const wanted = steps.some(({ needsPrograms }) => needsPrograms) ? Object.entries(programs) : [];
  const outcomes = [];
  for (const [name, ensure] of wanted) {
    const outcome = await timed(name, async () => {
      try {
        await ensure();
        return { passed: 0, failed: 0, skipped: 0, problems: [] };
      } catch (error) {
        return failedCheck(error);
      }
    });
    if (outcome.result.failed > 0) outcomes.push(outcome);
  }
  return outcomes;
}

/** @param {string} name @param {() => Promise<SuiteResult>} execute @returns {Promise<Outcome>} */
async function timed(name, execute) {
  const startedAt = performance.now();
  const result = await execute();
  return { name, result, durationMs: performance.now() - startedAt };
}

function summary(outcomes) {
  const width = Math.max(...outcomes.map(({ name }) => name.length));
  const count = (number, paint) => (number === 0 ? dim : paint)(String(number).padStart(7));
  const lines = outcomes.map(({ name, result, durationMs }) =>
    [
      result.failed === 0 ? green("✓") : red("✗"),
      ` ${name.padEnd(width)}`,
      count(result.passed, green),
      count(result.failed, red),
      count(result.skipped, bold),
      seconds(durationMs).padStart(9),
    ].join(""),
  );
  const head = dim(`  ${"".padEnd(width)} passed failed skipped    time`);
  const problems = outcomes.flatMap(({ name, result }) =>
    result.problems.map((problem) => `${red("✗")} ${name}: ${problem}`),
  );
  return ["", head, ...lines, ...problems, ""].join("\n");
}

/** @param {TestStep[]} steps @returns {Promise<Outcome[]>} */
async function executeAll(steps) {
  try {
    await ensureDependencies();
  } catch (error) {
    return [{ name: "dependencies", result: failedCheck(error), durationMs: 0 }];
  }
  const outcomes = await prepare(steps);
  for (const { name, execute } of steps) outcomes.push(await timed(name, execute));
  return outcomes;
}

await runScript(async () => {
  const steps = chosenSteps(process.argv.slice(2));
  await rm(reports, { recursive: true, force: true });
  await mkdir(reports, { recursive: true });
  const outcomes = await executeAll(steps);
  const total = (key) => outcomes.reduce((sum, { result }) => sum + result[key], 0);
  process.stdout.write(`${summary(outcomes)}\n`);
  process.stdout.write(
    `${total("passed")} passed, ${total("failed")} failed, ${total("skipped")} skipped\n`,
  );
  return total("failed") === 0 ? 0 : 1;
});
