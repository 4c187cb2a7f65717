import type { CommandModule, DefineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { lookOf } from "../look.ts";
import { print } from "../print.ts";
import { addRuntimeFlags, type RuntimeFlags, withRuntime } from "../runtime.ts";
import { renderEvent } from "../terminal/event-line.ts";

type Flags = RuntimeFlags & { readonly follow?: boolean; readonly json?: boolean };

export const examples: CommandModule["examples"] = [
  ["sandboot events --follow", "Watches what happens."],
  ["sandboot events | jq 'select(.type == \"phase.warning\")'", "Lists the warnings of the boot."],
];

export const define: DefineCommand = (command, { ending }) => {
  addRuntimeFlags(command)
    .option("-f, --follow", "Also prints new events, until the runtime ends.")
    .option("--json", "Prints JSON lines, also in a terminal.")
    .action(
      ending((flags: Flags) =>
        withRuntime(flags, async (client) => {
          const { stdout } = process;
          const look = lookOf(stdout);
          const forPeople = stdout.isTTY && !flags.json;
          const enough = new AbortController();
          let last = 0;
          await client.follow({
            signal: enough.signal,
            replay: true,
            onState: ({ seq }) => {
              last = seq;
              if (seq === 0 && !flags.follow) enough.abort();
            },
            onEvent: async (event) => {
              const line = forPeople ? renderEvent(event, look) : JSON.stringify(event);
              const wanted = await print(`${line}\n`);
              if (!wanted || (!flags.follow && event.seq >= last)) enough.abort();
            },
          });
          return exitCodes.ok;
        }),
      ),
    );
};
