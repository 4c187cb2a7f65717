import { rmSync, writeFileSync } from "node:fs";
import { Failed, failedWith } from "../base/failed.ts";
import { readText } from "../base/text-file.ts";
import type { RuntimeWarning } from "../base/warning.ts";
import type { StateFolder } from "../config/state-folder.ts";
import type { Grace } from "../process/grace.ts";
import { type ProcessMark, runtimeMark, runtimeOf } from "../process/process-mark.ts";
import { leaderOf } from "../process/process-row.ts";
import { markedProcesses, terminateMarked } from "../process/terminate.ts";

/**
 * Ends what a runtime that was killed has left: hooks that still write into the workspace, a git that holds its locks, an
 * agent that has the port. They carry the mark of that runtime, which the state folder has.
 *
 * @returns What was ended, as a warning; null when there was nothing.
 * @throws Failed `socket-taken` when that runtime lives: its processes are not touched.
 */
export async function endLeftovers(
  { mark: file, socket }: StateFolder,
  grace: Grace,
): Promise<RuntimeWarning | null> {
  const value = readText(file)?.trim() ?? "";
  const runtime = runtimeOf(value);
  // Without a mark there was no runtime, or it has ended in good order.
  if (runtime === null) return null;
  const isAlive = leaderOf(runtime.pid)?.startTicks === runtime.startTicks;
  // A machine that starts in the same way each time may give us the same pid at the same tick.
  if (isAlive && runtime.pid !== process.pid) {
    throw new Failed({
      code: "socket-taken",
      path: socket,
      problem: "other-runtime",
      pid: runtime.pid,
    });
  }
  const mark = runtimeMark(value);
  const processes = await markedProcesses(mark);
  if (processes.length === 0) return null;
  try {
    await terminateMarked(mark, grace);
  } catch (error) {
    if (!failedWith(error, "processes-survived")) throw error;
    return { code: "processes-left", processes: error.value.processes };
  }
  return { code: "leftovers-ended", runtimePid: runtime.pid, processes };
}

/** Writes down whose processes are to be ended if this runtime is killed. @returns The call that takes it back. */
export function noteMark({ mark: file }: StateFolder, { value }: ProcessMark): () => void {
  const forget = () => rmSync(file, { force: true });
  // A link that somebody has put there is not followed.
  forget();
  writeFileSync(file, `${value}\n`, { mode: 0o600, flag: "wx" });
  return forget;
}
