import { type RuntimeClient, RuntimeUnreachable } from "../../protocol/client/index.ts";
import type { DefineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { print } from "../print.ts";
import { addRuntimeFlags, type RuntimeFlags, withRuntime } from "../runtime.ts";

type Flags = RuntimeFlags & { readonly reason?: string; readonly wait: boolean };

export const define: DefineCommand = (command, { ending }) => {
  addRuntimeFlags(command)
    .option("--reason <text>", "why, for its events and its report")
    .option("--no-wait", "only ask; do not wait for the end")
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

/** Listens first and asks then, so that the last events cannot be missed. */
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
    // It was there when it was asked; now it is gone, if not in good order.
    if (pid === 0 || !(error instanceof RuntimeUnreachable)) throw error;
  }
  const how = exitCode === undefined ? "" : ` with exit code ${exitCode}`;
  await print(`the runtime (pid ${pid}) has ended${how}\n`);
  return exitCodes.ok;
}
