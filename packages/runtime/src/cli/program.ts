import { Command, CommanderError } from "commander";
import { RUNTIME_VERSION } from "../base/version.ts";
import type { CommandEntry, CommandModule, CommandParts } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { show } from "./terminal/shown.ts";
import type { Workers } from "./workers.ts";

/**
 * Parses the command line and runs its command. A command's code is imported only when the command is used: `boot` must
 * not wait for the renderers of `report`.
 *
 * @param workers - The caller disposes of them.
 * @returns The exit code.
 */
export async function runCommandLine(
  args: readonly string[],
  commands: readonly CommandEntry[],
  workers: Workers,
): Promise<number> {
  let exitCode: number = exitCodes.ok;
  const program = new Command("sandboot")
    .description("Boots the sandbox of a coding agent, in order, and supervises it.")
    .version(RUNTIME_VERSION, "-V, --version", "Prints the version.")
    .helpOption("-h, --help", "Shows this help.")
    .helpCommand(false)
    .exitOverride()
    // Its messages quote what was typed.
    .configureOutput({
      writeOut: (text) => show(process.stdout, text),
      writeErr: (text) => show(process.stderr, text),
    })
    .showHelpAfterError("(see --help)");
  const parts: CommandParts = {
    workers,
    ending:
      (action) =>
      async (...given) => {
        exitCode = await action(...given);
      },
  };
  for (const { name, group, summary, load } of commands) {
    const command = program.command(name).description(summary).helpGroup(`${group}:`);
    // Anywhere in the arguments: it may be the command, or the command that `help` is asked about.
    if (!args.includes(name)) continue;
    const { define, examples } = await load();
    define(command, parts);
    command.addHelpText("afterAll", exampleLines(examples));
  }
  program
    .command("help [command]")
    .description("Shows the help of a command.")
    .helpOption(false)
    .helpGroup("Explain:")
    .action(async (name?: string) => {
      const command =
        name === undefined ? program : program.commands.find((one) => one.name() === name);
      // A command that does not exist is refused as always, with the name that was meant.
      if (command === undefined) await program.parseAsync([name ?? ""], { from: "user" });
      else command.help();
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

function exampleLines(examples: CommandModule["examples"]): string {
  const lines = examples.map(([line, effect]) => `  ${effect}\n    ${line}`);
  return ["\nExamples:", ...lines].join("\n");
}
