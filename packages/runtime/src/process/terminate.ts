import { setTimeout as delay } from "node:timers/promises";
import { membersOf, type ProcessMark } from "./process-tree.ts";

export interface TerminateOptions {
  /** Milliseconds between TERM and KILL. */
  readonly graceMs: number;
  /** Cuts the grace short: a person is in a hurry. */
  readonly hurry?: AbortSignal | undefined;
}

/** Between looks at processes that are not our children: the kernel tells nobody but the parent that they ended. */
const LOOK_AGAIN_MS = 10;

/**
 * Ends all that carry a mark and all in the group or session of `leader`: TERM to everyone, the grace period, KILL.
 * Resolves when none of them lives, also not a daemon that left the group.
 */
export async function terminateMarked(
  mark: ProcessMark,
  { graceMs, hurry, leader }: TerminateOptions & { readonly leader?: number },
): Promise<void> {
  const deadline = performance.now() + graceMs;
  let members = await membersOf(mark, leader);
  send(members, "SIGTERM");
  while (members.length > 0 && performance.now() < deadline && hurry?.aborted !== true) {
    await delay(LOOK_AGAIN_MS);
    members = await membersOf(mark, leader);
  }
  // Again and again: a member may fork between the look and the signal.
  while (members.length > 0) {
    send(members, "SIGKILL");
    await delay(LOOK_AGAIN_MS);
    members = await membersOf(mark, leader);
  }
}

function send(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}
