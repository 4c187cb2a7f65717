import { Command, Option } from "commander";
import { buildStage } from "../build/build.ts";
import { StagePlanError } from "../build/error.ts";
import { installStage, uninstallStage } from "../install/install.ts";
import { createStagePool, type StagePool } from "../pool.ts";
import { readStageContents } from "../verify/contents.ts";
import { compareStages, summarise } from "../verify/inspect.ts";
import { verifyStage } from "../verify/verify.ts";
import { STAGER_VERSION } from "../version.ts";
import { EXIT, explainError, Interrupted } from "./exit-codes.ts";
import { printable } from "./printable.ts";
import { formatBytes, progressBar, renderSummary } from "./render.ts";

interface JsonFlag {
  readonly json?: boolean;
}

/** Reads the command line of `sandboot-stage` and does what it says. @returns The exit code. */
export async function runStageCommand(args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.ok;
  const interrupt = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => interrupt.abort(new Interrupted(signal));
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  const { signal } = interrupt;
  const say = (text: string) => process.stdout.write(`${text}\n`);
  const json = (value: unknown) => say(JSON.stringify(value, null, 2));

  const program = new Command("sandboot-stage")
    .description(
      "Builds, verifies and installs stages: the files an agent needs, prepared at image build.",
    )
    .version(STAGER_VERSION)
    .exitOverride()
    .showHelpAfterError("(--help tells more)");

  program
    .command("build")
    .description("build a stage from a plan")
    .requiredOption("--plan <file>", "the stage plan")
    .requiredOption("--out <folder>", "where the stage goes; a stage that is there is replaced")
    .option("--json", "print stage.json")
    .action(async (flags: JsonFlag & { plan: string; out: string }) => {
      await withPool(async (pool) => {
        const bar = progressBar(process.stderr);
        const manifest = await buildStage({
          pool,
          planFile: flags.plan,
          outDir: flags.out,
          signal,
          sourceDateEpoch: sourceDateEpoch(process.env["SOURCE_DATE_EPOCH"]),
          onProgress: bar.update,
        }).finally(bar.end);
        const bytes = manifest.entries.reduce((sum, entry) => sum + entry.bytes, 0);
        const { id, entries } = manifest;
        if (flags.json) json(manifest);
        else
          say(
            `stage ${id.slice(0, 12)}: ${entries.length} entries, ${formatBytes(bytes)}, in ${flags.out}`,
          );
      });
    });

  program
    .command("verify <stage>")
    .description("hold a stage against what was built: existence, sizes, modes")
    .option("--deep", "and every content")
    .option("--json", "print what differs as JSON")
    .action(async (stageDir: string, flags: JsonFlag & { deep?: boolean }) => {
      await withPool(async (pool) => {
        const problems = await verifyStage({ stageDir, deep: flags.deep === true, pool, signal });
        if (flags.json) json(problems);
        else if (problems.length === 0) say(`${stageDir}: whole`);
        for (const { path, problem, expected, found } of flags.json ? [] : problems) {
          say(printable(`${path}: ${problem}: expected ${expected}, found ${found}`));
        }
        if (problems.length > 0) exitCode = EXIT.failed;
      });
    });

  program
    .command("inspect <stage>")
    .description("what a stage holds: sizes by entry, the largest files, what is gated")
    .option("--json", "the same as JSON")
    .action(async (stageDir: string, flags: JsonFlag) => {
      const summary = summarise(await readStageContents(stageDir));
      if (flags.json) json(summary);
      else say(renderSummary(summary));
    });

  program
    .command("diff <a> <b>")
    .description("what differs between two stages; exit code 1 when something does")
    .option("--json", "the same as JSON")
    .action(async (a: string, b: string, flags: JsonFlag) => {
      const differences = compareStages(await readStageContents(a), await readStageContents(b));
      if (flags.json) json(differences);
      for (const { path, change, before, after } of flags.json ? [] : differences) {
        say(
          `${{ added: "+", removed: "-", changed: "~" }[change]} ${printable(path)}: ${[before, after].filter(Boolean).join(" → ")}`,
        );
      }
      if (differences.length > 0) exitCode = EXIT.failed;
    });

  program
    .command("install <stage> <target>")
    .description("put a stage in place, as a boot does")
    .addOption(
      new Option("--isolation <kind>", "over what each entry says").choices(["shared", "private"]),
    )
    .addOption(
      new Option("--on-conflict <policy>", "with somebody else's file at a staged path")
        .choices(["keep", "replace"])
        .default("keep"),
    )
    .option("--agent-version <version>", "refuse a stage that names another")
    .option("--json", "print the result as JSON")
    .action(
      async (
        stageDir: string,
        targetDir: string,
        flags: JsonFlag & {
          isolation?: "shared" | "private";
          onConflict: "keep" | "replace";
          agentVersion?: string;
        },
      ) => {
        await withPool(async (pool) => {
          const { isolation, onConflict, agentVersion } = flags;
          const result = await installStage({
            pool,
            stageDir,
            targetDir,
            env: process.env,
            onConflict,
            agentVersion,
            signal,
            ...(isolation !== undefined && { isolation }),
          });
          if (flags.json) json(result);
          else
            for (const { path, result: how, reason } of result.items)
              say(
                `${how.padEnd(10)} ${printable(path)}${reason === undefined ? "" : ` (${reason})`}`,
              );
        });
      },
    );

  program
    .command("uninstall <target>")
    .description("take away what an install put there, and nothing else")
    .action(async (targetDir: string) => {
      await withPool((pool) => uninstallStage({ pool, targetDir, signal }));
    });

  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    const { exitCode: code, message } = explainError(error);
    if (message !== null) process.stderr.write(`sandboot-stage: ${message}\n`);
    return code;
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
  return exitCode;
}

async function withPool(work: (pool: StagePool) => Promise<void>): Promise<void> {
  await using pool = createStagePool();
  await work(pool);
}

function sourceDateEpoch(value: string | undefined): number | undefined {
  if (value === undefined || value === "") return undefined;
  if (!/^\d+$/.test(value)) {
    throw new StagePlanError(
      "SOURCE_DATE_EPOCH",
      `expected whole seconds since 1970, found "${value}"`,
    );
  }
  return Number(value);
}
