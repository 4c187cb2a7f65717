import { rmSync, writeFileSync } from "node:fs";
import { Failed, failedWith } from "../base/failed.ts";
import { readText } from "../base/text-file.ts";
import type { RuntimeWarning } from "../base/warning.ts";
import type { StateFolder } from "../config/state-folder.ts";
import type { Grace } from "../process/grace.ts";
import { deadRuntimesIn } from "../process/orphans.ts";
import { markByLimit, type ProcessMark, runtimeMark, runtimeOf } from "../process/process-mark.ts";
import { leaderOf } from "../process/process-row.ts";
import { markedProcesses, terminateMarked } from "../process/terminate.ts";

/**
 * Ends what runtimes that were killed have left: hooks that still write into the workspace, a git that holds its locks, an
 * agent that has the port. The state folder has the mark of the one before; those with another state folder are found by
 * the workspace.
 *
 * @returns What was ended, as warnings.
 * @throws Failed `socket-taken` when the runtime of the state folder lives: its processes are not touched.
 */
export async function endLeftovers(
  folder: StateFolder,
  workspace: string,
  grace: Grace,
): Promise<readonly RuntimeWarning[]> {
  const warnings = [await endThoseOf(folder, grace)];
  for (const dead of deadRuntimesIn(workspace)) {
    warnings.push(await endMarked(markByLimit(dead), dead.pid, grace));
  }
  return warnings.filter((warning) => warning !== null);
}

async function endThoseOf(
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
  return await endMarked(runtimeMark(value), runtime.pid, grace);
}

async function endMarked(
  mark: ProcessMark,
  runtimePid: number,
  grace: Grace,
): Promise<RuntimeWarning | null> {
  const processes = await markedProcesses(mark);
  if (processes.length === 0) return null;
  try {
    await terminateMarked(mark, grace);
  } catch (error) {
    if (!failedWith(error, "processes-survived")) throw error;
    return { code: "processes-left", processes: error.value.processes };
  }
  return { code: "leftovers-ended", runtimePid, processes };
}

/** Writes down whose processes are to be ended if this runtime is killed. @returns The call that takes it back. */
export function noteMark({ mark: file }: StateFolder, { value }: ProcessMark): () => void {
  // A link that somebody has put there is not followed.
  rmSync(file, { force: true });
  writeFileSync(file, `${value}\n`, { mode: 0o600, flag: "wx" });
  return () => {
    try {
      rmSync(file, { force: true, recursive: true });
    } catch {
      // A hook has put something else in the place of the state folder. The mark is gone with it.
    }
  };
}
