import { RuntimeClient } from "../protocol/client/runtime-client.ts";
import { isTraced, replyToGit } from "./git-credential.ts";
import { show } from "./terminal/shown.ts";

/**
 * Runs `sandboot git-credential --socket FILE ACTION`, the form in which git runs it. Loads neither the other commands nor the
 * parser of command lines: git waits for it each time that it talks to a remote.
 *
 * @returns The exit code.
 */
export async function run([, , socketPath = "", action = ""]: readonly string[]): Promise<number> {
  const client = new RuntimeClient({ id: "socket", socketPath });
  const { stdout, stderr } = await replyToGit({
    action,
    stdin: process.stdin,
    ask: (request) => client.gitCredential(request),
    place: socketPath,
    explains: isTraced(process.env),
  });
  show(process.stderr, stderr);
  process.stdout.write(stdout);
  return 0;
}
