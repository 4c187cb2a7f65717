import { type RuntimeClient, RuntimeUnreachable } from "../../protocol/client/index.ts";
import type { CommandModule, DefineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { print } from "../print.ts";
import { addRuntimeFlags, type RuntimeFlags, withRuntime } from "../runtime.ts";

type Flags = RuntimeFlags & { readonly reason?: string; readonly wait: boolean };

export const examples: CommandModule["examples"] = [
  ["sandboot shutdown", "Ends the sandbox and waits until all of it has ended."],
  ["sandboot shutdown --reason 'the lease is over' --no-wait", "Says why, and returns at once."],
];

export const define: DefineCommand = (command, { ending }) => {
  addRuntimeFlags(command)
    .option("--reason <text>", "The reason, for the events and the report.")
    .option("--no-wait", "Returns at once, without waiting for the end.")
    .action(
      ending((flags: Flags) =>
        withRuntime(flags, async (client) => {
          if (flags.wait) return await waitForEnd(client, flags.reason);
          const { pid } = await client.shutdown(flags.reason);
          await print(`asked the runtime (pid ${pid}) to end\n`);
          return exitCodes.ok;
        }),
      ),
    );
};

/** Follows the events before it asks for the end, so that it cannot miss the last ones. */
async function waitForEnd(client: RuntimeClient, reason: string | undefined): Promise<number> {
  let pid = 0;
  let exitCode: number | undefined;
  const asked = new AbortController();
  try {
    await client.follow({
      signal: asked.signal,
      onState: () => {},
      onOpen: async () => {
        if (pid === 0) ({ pid } = await client.shutdown(reason));
      },
      onEvent: (event) => {
        if (event.type === "shutdown.ended") exitCode = event.exitCode;
      },
    });
  } catch (error) {
    // It took the request, and is gone now without its last event.
    if (pid === 0 || !(error instanceof RuntimeUnreachable)) throw error;
  }
  const how = exitCode === undefined ? "" : ` with exit code ${exitCode}`;
  await print(`the runtime (pid ${pid}) has ended${how}\n`);
  return exitCodes.ok;
}
