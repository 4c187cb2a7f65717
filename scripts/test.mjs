// `npm test`: installs what is missing and runs everything there is to check, each step even if one before it failed.
// `npm test -- NAME…` runs only the steps of those names, `npm test -- --changed[=REVISION]` only the tests that what differs
// from a revision (default: HEAD) can affect. The end names what was skipped and what failed, and counts what really ran.
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
import { CommandError, run, streamKeepingErrors } from "./lib/child.mjs";
import { ALREADY_THERE, bold, step, Unavailable } from "./lib/progress.mjs";
import { summary } from "./lib/test-summary.mjs";
import { readSuiteResult } from "./lib/vitest-report.mjs";

/**
 * @typedef {import("./lib/vitest-report.mjs").SuiteResult} SuiteResult
 * @typedef {{ name: string, needsPrograms?: boolean, execute: () => Promise<SuiteResult> }} TestStep
 * @typedef {import("./lib/test-summary.mjs").Outcome} Outcome
 */

const reports = join(root, "test-results", "vitest");
const reporter = join(import.meta.dirname, "lib", "vitest-reporter.mjs");

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
        return { passed: 1, failures: [], skips: [] };
      } catch (error) {
        return failedCheck(error);
      }
    },
  };
}

/** @returns {SuiteResult} */
function failedCheck(error) {
  const output = error instanceof CommandError ? error.output.trimEnd() : "";
  if (output !== "") process.stdout.write(`${output}\n`);
  const name = error instanceof Error ? error.message : String(error);
  return { passed: 0, failures: [{ name, details: output.split("\n") }], skips: [] };
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
      const end = await streamKeepingErrors(
        join(root, "node_modules", ".bin", "vitest"),
        ["run", "--reporter=default", `--reporter=${reporter}`, `--outputFile=${report}`, ...files],
        { cwd: folder, env: toolEnvironment },
      );
      return readSuiteResult(report, end);
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
      return { passed: 1, failures: [], skips: [] };
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
  if (!steps.some(({ needsPrograms }) => needsPrograms)) return [];
  const [first, ...others] = Object.entries(programs);
  // Debian's packages hold what the others are built with. These mostly wait, for the network or for a single compiler.
  const outcomes = [
    await prepared(...first),
    ...(await Promise.all(others.map((entry) => prepared(...entry)))),
  ];
  return outcomes.filter(({ result }) => result.failures.length > 0);
}

/** @param {string} name @param {() => Promise<unknown>} ensure @returns {Promise<Outcome>} */
function prepared(name, ensure) {
  return timed(name, async () => {
    try {
      await ensure();
      return { passed: 0, failures: [], skips: [] };
    } catch (error) {
      return failedCheck(error);
    }
  });
}

/** @param {string} name @param {() => Promise<SuiteResult>} execute @returns {Promise<Outcome>} */
async function timed(name, execute) {
  const startedAt = performance.now();
  const result = await execute();
  return { name, result, durationMs: performance.now() - startedAt };
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
  process.stdout.write(summary(outcomes));
  return outcomes.some(({ result }) => result.failures.length > 0) ? 1 : 0;
});
