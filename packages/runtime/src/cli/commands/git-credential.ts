import { describeEndpoint } from "../../protocol/client/index.ts";
import type { CommandModule, DefineCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { isTraced, replyToGit } from "../git-credential.ts";
import { addRuntimeFlags, type RuntimeFlags, withRuntime } from "../runtime.ts";
import { show } from "../terminal/shown.ts";

type Flags = RuntimeFlags & { readonly why?: boolean };

export const examples: CommandModule["examples"] = [
  ["sandboot git-credential get < question.txt", "Prints what git would get for a host."],
  ["sandboot git-credential get --why < question.txt", "Also says why git would get nothing."],
];

export const define: DefineCommand = (command, { ending }) => {
  addRuntimeFlags(command)
    .argument("<action>", "What git wants: get, store or erase. Others are ignored.")
    .option("--why", "Says on stderr why there is no credential; so does GIT_TRACE=1.")
    .action(
      ending(async (action: string, flags: Flags) => {
        return await withRuntime(flags, async (client) => {
          const { stdout, stderr } = await replyToGit({
            action,
            stdin: process.stdin,
            ask: (request) => client.gitCredential(request),
            place: describeEndpoint(client.endpoint),
            explains: flags.why === true || isTraced(process.env),
          });
          show(process.stderr, stderr);
          process.stdout.write(stdout);
          return exitCodes.ok;
        });
      }),
    );
};
