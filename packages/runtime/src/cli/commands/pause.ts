import { InvalidArgumentError } from "commander";
import type { RuntimeClient } from "../../protocol/client/index.ts";
import { formatDuration } from "../../protocol/derive/format.ts";
import { readBindingFile } from "../binding-file.ts";
import type { CommandModule } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { print } from "../print.ts";
import { addRuntimeFlags, type RuntimeFlags, withRuntime } from "../runtime.ts";
import { unfinishedText } from "../terminal/unfinished.ts";

type FreezeFlags = RuntimeFlags & { readonly wait?: number; readonly json?: boolean };

export const freeze: CommandModule = {
  examples: [
    ["sandboot freeze", "Answers when a snapshot may be taken."],
    ["sandboot freeze --wait 60", "Gives a prompt that runs a minute to end."],
  ],
  define: (command, { ending }) => {
    addRuntimeFlags(command)
      .option(
        "--wait <seconds>",
        "How long prompts and phases may take to end. Default: 10.",
        secondsArgument,
      )
      .option("--json", "Prints the answer as JSON.")
      .action(
        ending(async (flags: FreezeFlags) => {
          return await tellAnswer(
            flags,
            (client) => client.freeze(flags.wait),
            ({ unfinished, undelivered, synced }) => [
              `frozen; ${unfinishedText(unfinished)}`,
              ...(undelivered === 0 ? [] : [`${undelivered} messages wait for the control plane`]),
              ...(synced ? [] : ["the file systems were not synced"]),
            ],
          );
        }),
      );
  },
};

type ThawFlags = RuntimeFlags & { readonly binding?: string; readonly json?: boolean };

export const thaw: CommandModule = {
  examples: [
    ["sandboot thaw", "Lets prompts in again, and starts again what did not survive."],
    ["sandboot thaw --binding - < binding.json", "Makes a seed from a snapshot a tenant's."],
  ],
  define: (command, { ending }) => {
    addRuntimeFlags(command)
      .option("--binding <file>", "A file with the binding of a seed; - is stdin.")
      .option("--json", "Prints the answer as JSON.")
      .action(
        ending(async (flags: ThawFlags) => {
          const { binding: file } = flags;
          const binding = file === undefined ? undefined : await readBindingFile(file);
          return await tellAnswer(
            flags,
            (client) => client.thaw(binding),
            ({ gapMs, lost, adopted }) => [
              `thawed after ${formatDuration(gapMs)}`,
              ...(lost.length === 0 ? [] : [`lost: ${lost.join(", ")}`]),
              ...(adopted === undefined
                ? []
                : [`adopted in ${formatDuration(adopted.durationMs)}`]),
            ],
          );
        }),
      );
  },
};

/** Asks the runtime, and prints the answer in lines for people or as JSON. */
async function tellAnswer<T>(
  flags: RuntimeFlags & { readonly json?: boolean },
  ask: (client: RuntimeClient) => Promise<T>,
  linesOf: (answer: T) => readonly string[],
): Promise<number> {
  return await withRuntime(flags, async (client) => {
    const answer = await ask(client);
    await print(`${flags.json === true ? JSON.stringify(answer) : linesOf(answer).join("\n")}\n`);
    return exitCodes.ok;
  });
}

function secondsArgument(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== "" && Number.isFinite(seconds) && seconds >= 0) return seconds;
  throw new InvalidArgumentError("Expected a number of seconds.");
}
