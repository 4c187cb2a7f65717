import { Command } from "commander";
import { createStagePool } from "../pool.ts";
import { STAGER_VERSION } from "../version.ts";
import type { CommandParts } from "./command.ts";
import { commands } from "./commands/index.ts";
import { EXIT, explainError, Interrupted } from "./exit-codes.ts";

/** Runs a command line of `sandboot-stage`. @returns The exit code. */
export async function runStageCommand(args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.ok;
  const interrupt = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => interrupt.abort(new Interrupted(signal));
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  // A reader that closes the pipe (`diff A B | head`) is not an error.
  const onOutputError = (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  };
  process.stdout.on("error", onOutputError);
  const print = (text: string) => process.stdout.write(`${text}\n`);
  const parts: CommandParts = {
    signal: interrupt.signal,
    withPool: async (work) => {
      await using pool = createStagePool();
      return await work(pool);
    },
    print,
    printJson: (value) => print(JSON.stringify(value, null, 2)),
    ending:
      (action) =>
      async (...given) => {
        exitCode = await action(...given);
      },
  };
  const program = new Command("sandboot-stage")
    .description(
      "Builds, verifies and installs stages: the files an agent needs, prepared at image build.",
    )
    .version(STAGER_VERSION)
    .exitOverride()
    .showHelpAfterError("(--help tells more)");
  for (const define of commands) define(program, parts);
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
