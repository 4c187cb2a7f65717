import type { RuntimeClient } from "../../protocol/client/index.ts";
import { formatDuration } from "../../protocol/derive/format.ts";
import type { RetryAnswer, RuntimeEvent } from "../../protocol/index.ts";
import type { CommandModule, DefineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { print } from "../print.ts";
import { addRuntimeFlags, type RuntimeFlags, withRuntime } from "../runtime.ts";

type Flags = RuntimeFlags & { readonly from?: string; readonly wait: boolean };

export const examples: CommandModule["examples"] = [
  ["sandboot retry", "Tries again from the phase that failed."],
  ["sandboot retry --from workspace.sync:shop", "Fetches the repository again, too."],
];

export const define: DefineCommand = (command, { ending }) => {
  addRuntimeFlags(command)
    .option("--from <phase>", "The id of the phase to begin with. Default: the one that failed.")
    .option("--no-wait", "Returns at once, without waiting for the end of the retry.")
    .action(
      ending((flags: Flags) =>
        withRuntime(flags, async (client) => {
          if (flags.wait) return await waitForEnd(client, flags.from);
          await tell(await client.retry(flags.from));
          return exitCodes.ok;
        }),
      ),
    );
};

/** Follows the events before it asks, so that it cannot miss the end. */
async function waitForEnd(client: RuntimeClient, from: string | undefined): Promise<number> {
  const ended = new AbortController();
  const seen: { begun?: RetryAnswer; end?: RuntimeEvent } = {};
  await client.follow({
    signal: ended.signal,
    onState: () => {},
    onOpen: async () => {
      if (seen.begun !== undefined) return;
      seen.begun = await client.retry(from);
      await tell(seen.begun);
    },
    onEvent: (event) => {
      if (!ENDS.includes(event.type)) return;
      seen.end = event;
      ended.abort();
    },
  });
  const { end } = seen;
  switch (end?.type) {
    case "boot.ready":
      await print(`ready after ${formatDuration(end.readyMs)}\n`);
      return exitCodes.ok;
    case "boot.seeded":
      await print("seeded\n");
      return exitCodes.ok;
    case "boot.failed":
      await print(`${end.phase} failed: ${end.failure.message}\n`);
      return exitCodes.bootFailed;
    default:
      await print("the sandbox has ended\n");
      return exitCodes.bootFailed;
  }
}

const ENDS: readonly RuntimeEvent["type"][] = [
  "boot.ready",
  "boot.seeded",
  "boot.failed",
  "shutdown.started",
];

async function tell({ from, phases }: RetryAnswer): Promise<void> {
  await print(`retrying from ${from}: ${phases.join(", ")}\n`);
}
