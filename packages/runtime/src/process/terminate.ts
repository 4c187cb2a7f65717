import { setTimeout as delay } from "node:timers/promises";
import { Failed } from "../base/failed.ts";
import type { NamedProcess } from "../base/failure.ts";
import { timeLimit } from "../base/timers.ts";
import type { Grace } from "./grace.ts";
import { commandOf } from "./holder.ts";
import type { ProcessMark } from "./process-mark.ts";
import type { Leader } from "./process-row.ts";
import { ProcessTree } from "./process-tree.ts";

/** Between two looks at the processes: the kernel reports an exit to the parent alone, and we are not always the parent. */
const LOOK_AGAIN_MS = 10;

/** A process that SIGKILL does not end within this time is stuck in the kernel, on a dead network file system for example. */
const UNKILLABLE_MS = 10_000;

/**
 * Ends every process that carries a mark or is in the group or session of `leader`, with all descendants: SIGTERM to each,
 * the grace period, SIGKILL. Resolves when none of them lives. This includes daemons that left the group
 * ({@link ProcessTree} says what it takes to be missed).
 *
 * @throws Failed `processes-survived` when some of them cannot be ended.
 */
export async function terminateMarked(
  mark: ProcessMark,
  { leader = null, graceMs, hurry }: Grace & { readonly leader?: Leader | null },
): Promise<void> {
  const tree = new ProcessTree(mark, leader);
  const outOfReach = new Set<number>();
  const send = (pids: readonly number[], signal: NodeJS.Signals) => {
    for (const pid of pids) if (!reaches(pid, signal)) outOfReach.add(pid);
  };
  const living = async () => (await tree.living()).filter((pid) => !outOfReach.has(pid));

  const terminated = new Set<number>();
  using patience = timeLimit(graceMs);
  while (!patience.signal.aborted && !hurry.aborted) {
    const members = await living();
    // SIGTERM goes to each process once: many programs take a second one as a request to hurry.
    const others = members.filter((pid) => !terminated.has(pid));
    send(others, "SIGTERM");
    for (const pid of others) terminated.add(pid);
    if (members.every((pid) => outOfReach.has(pid))) break;
    await pause(hurry);
  }
  const giveUpMs = performance.now() + UNKILLABLE_MS;
  // SIGKILL goes to everyone, again and again: a member may have forked between the look and the signal, or have been
  // executing another program (and shown no environment) when it was looked at.
  for (;;) {
    tree.forget();
    const members = await living();
    if (members.length === 0) break;
    if (performance.now() > giveUpMs)
      throw new Failed({ code: "processes-survived", processes: named(members) });
    send(members, "SIGKILL");
    await pause(undefined);
  }
  const survivors = (await tree.living()).filter((pid) => outOfReach.has(pid));
  if (survivors.length > 0) {
    throw new Failed({ code: "processes-survived", processes: named(survivors) });
  }
}

/** The living processes that carry a mark. */
export async function markedProcesses(mark: ProcessMark): Promise<readonly NamedProcess[]> {
  return named(await new ProcessTree(mark).living());
}

function named(pids: readonly number[]): NamedProcess[] {
  return pids.map((pid) => ({ pid, command: commandOf(pid) }));
}

async function pause(until: AbortSignal | undefined): Promise<void> {
  await delay(LOOK_AGAIN_MS, undefined, { signal: until }).catch(() => {});
}

/** @returns false when we may not signal the process. */
function reaches(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ESRCH") return true;
    if (code === "EPERM") return false;
    throw error;
  }
}
