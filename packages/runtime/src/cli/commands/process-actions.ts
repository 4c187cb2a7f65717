import type { ProcessAction } from "../../protocol/client/index.ts";
import type { DefineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { print } from "../print.ts";
import { addRuntimeFlags, type RuntimeFlags, withRuntime } from "../runtime.ts";
import { processLine } from "../terminal/process-line.ts";

type Flags = RuntimeFlags & { readonly json?: boolean };

/** `restart`, `stop` and `start` differ in one word. */
function defineAction(action: ProcessAction): DefineCommand {
  return (command, { ending }) => {
    addRuntimeFlags(command.argument("<id>", "id of the process (`sandboot status` lists them)"))
      .option("--json", "print its new state as JSON")
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

export const restart = { define: defineAction("restart") };
export const stop = { define: defineAction("stop") };
export const start = { define: defineAction("start") };
