import { Command, CommanderError, Option } from "commander";
import { BOOT_MODES } from "../protocol/modes.ts";
import { RUNTIME_VERSION } from "../version.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Workers } from "./workers.ts";

/**
 * Reads the command line and runs what it asks for. Each command's code is imported only when it is asked for:
 * `boot` must not wait for the renderers of `report`.
 *
 * @param workers - Threads for file work; the caller's to dispose of.
 * @returns The exit code.
 */
export async function runCommandLine(args: readonly string[], workers: Workers): Promise<number> {
  let exitCode: number = exitCodes.ok;
  const program = new Command("sandboot")
    .description("Boots the sandbox of a coding agent, in order, and supervises it.")
    .version(RUNTIME_VERSION)
    .exitOverride()
    .showHelpAfterError("(--help tells more)");

  program
    .command("boot")
    .description("boot this sandbox and stay until a signal ends it")
    .option("--config <file>", "sandboot.json or .jsonc (default: the one in this folder)")
    .addOption(new Option("--mode <mode>", "how to boot").choices(BOOT_MODES))
    .addOption(
      new Option("--until <point>", "end in good order when it is reached").choices(["ready"]),
    )
    .option("--report <file>", "write the boot report as JSON")
    .option("--json", "events as JSON lines, also in a terminal")
    .action(async (options) => {
      const { bootCommand } = await import("./boot.ts");
      exitCode = await bootCommand(options, workers.start());
    });

  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? exitCodes.ok : exitCodes.badInput;
    const { explain } = await import("./explain.ts");
    return explain(error);
  }
  return exitCode;
}
