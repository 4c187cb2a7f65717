import type { Config } from "../../config/config.ts";
import type { Grace } from "../../process/grace.ts";
import { runToEnd } from "../../process/run.ts";

/** A disk that takes longer is not waited for. */
const SYNC_MS = 30_000;

/**
 * Writes what the file systems of the sandbox's folders hold back, and those of no others: the kernel may be shared.
 *
 * @returns whether it could.
 */
export async function syncFolders(
  { stateDir, workspace, env }: Config,
  grace: Grace,
): Promise<boolean> {
  const end = await runToEnd({
    command: "sync",
    args: ["--file-system", stateDir, workspace],
    cwd: stateDir,
    env,
    timeoutMs: SYNC_MS,
    signal: grace.hurry,
    grace,
  });
  return end.id === "exited" && end.code === 0;
}
