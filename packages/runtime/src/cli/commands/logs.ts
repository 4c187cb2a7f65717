import type { LogLine } from "../../protocol/index.ts";
import { printable } from "../../report/look.ts";
import type { CommandModule, DefineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { print } from "../print.ts";
import { addRuntimeFlags, countArgument, type RuntimeFlags, withRuntime } from "../runtime.ts";
import { show } from "../terminal/shown.ts";

interface Flags extends RuntimeFlags {
  readonly follow?: boolean;
  readonly tail?: number;
  readonly json?: boolean;
}

export const examples: CommandModule["examples"] = [
  ["sandboot logs agent --tail 50", "Prints the last lines of the agent."],
  ["sandboot logs code-server --follow", "Watches code-server."],
];

export const define: DefineCommand = (command, { ending }) => {
  addRuntimeFlags(command.argument("<id>", "The id of the process, as `sandboot status` shows it."))
    .option("-f, --follow", "Also prints new lines, until the runtime ends.")
    .option("-n, --tail <lines>", "Prints at most so many of the last lines.", countArgument)
    .option("--json", "Prints JSON lines, with time and stream.")
    .action(
      ending((id: string, flags: Flags) =>
        withRuntime(flags, async (client) => {
          const options = flags.tail === undefined ? {} : { tail: flags.tail };
          if (!flags.follow) {
            const lines = await client.log(id, options);
            await print(lines.map((line) => render(line, flags)).join(""));
            return exitCodes.ok;
          }
          const enough = new AbortController();
          await client.followLog(id, {
            ...options,
            signal: enough.signal,
            onLine: async (line) => {
              if (!(await print(render(line, flags)))) enough.abort();
            },
            onGap: (missed) => {
              show(process.stderr, `sandboot: ${missed} lines are not shown: they came too fast\n`);
            },
          });
          return exitCodes.ok;
        }),
      ),
    );
};

function render(line: LogLine, { json }: Flags): string {
  if (json) return `${JSON.stringify(line)}\n`;
  // Control sequences in a log must not reach a terminal. A pipe gets the log as it is.
  return `${process.stdout.isTTY ? printable(line.line) : line.line}\n`;
}
