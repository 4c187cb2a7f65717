import type { ProcessAction } from "../../protocol/client/index.ts";
import type { CommandModule, DefineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { print } from "../print.ts";
import { addRuntimeFlags, type RuntimeFlags, withRuntime } from "../runtime.ts";
import { processLine } from "../terminal/process-line.ts";

type Flags = RuntimeFlags & { readonly json?: boolean };

/** `restart`, `stop` and `start` differ in one word. */
function defineAction(action: ProcessAction): DefineCommand {
  return (command, { ending }) => {
    addRuntimeFlags(
      command.argument("<id>", "The id of the process, as `sandboot status` shows it."),
    )
      .option("--json", "Prints its new state as JSON.")
      .action(
        ending((id: string, flags: Flags) =>
          withRuntime(flags, async (client) => {
            const state = await client.act(id, action);
            const text = flags.json ? JSON.stringify(state) : `${id}: ${processLine(state)}`;
            await print(`${text}\n`);
            return exitCodes.ok;
          }),
        ),
      );
  };
}

export const restart: CommandModule = {
  define: defineAction("restart"),
  examples: [
    ["sandboot restart code-server", "Ends code-server in good order and starts it again."],
    ["sandboot restart agent --json", "Prints the new state for a script."],
  ],
};

export const stop: CommandModule = {
  define: defineAction("stop"),
  examples: [
    ["sandboot stop code-server", "Ends code-server; it stays stopped until it is started."],
    [
      "sandboot stop agent",
      "Ends the agent; until it is started again, the bridge refuses prompts.",
    ],
  ],
};

export const start: CommandModule = {
  define: defineAction("start"),
  examples: [
    ["sandboot start code-server", "Starts code-server, which somebody has stopped."],
    ["sandboot start agent", "Starts the agent again, and opens the workspace."],
  ],
};
