import type { CommandModule, DefineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { lookOf } from "../look.ts";
import { print } from "../print.ts";
import { addRuntimeFlags, type RuntimeFlags, withRuntime } from "../runtime.ts";
import { renderStatus } from "../terminal/status-view.ts";

type Flags = RuntimeFlags & { readonly json?: boolean };

export const examples: CommandModule["examples"] = [
  ["sandboot status", "Shows this sandbox at a glance."],
  ["sandboot status --json | jq -r .urls.bridge", "Gives a script the address of the bridge."],
];

export const define: DefineCommand = (command, { ending }) => {
  addRuntimeFlags(command)
    .option("--json", "Prints the whole state as JSON.")
    .action(
      ending((flags: Flags) =>
        withRuntime(flags, async (client) => {
          const state = await client.state();
          const text = flags.json
            ? `${JSON.stringify(state, null, 2)}\n`
            : renderStatus(state, Date.now(), lookOf(process.stdout));
          await print(text);
          return exitCodes.ok;
        }),
      ),
    );
};
