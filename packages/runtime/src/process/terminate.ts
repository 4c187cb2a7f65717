import { setTimeout as delay } from "node:timers/promises";
import type { Grace } from "./grace.ts";
import type { ProcessMark } from "./process-mark.ts";
import { Family, type Leader } from "./process-tree.ts";

/** Who is to be ended, and how one reaches them. */
export interface Targets {
  /** Pids of those that live. */
  living(): Promise<readonly number[]>;
  /** Forgets what was learnt of others, so that the next look is at everyone. */
  forget(): void;
  /** @throws an error with `code` `ESRCH` or `EPERM`, as `process.kill` does. */
  send(pid: number, signal: NodeJS.Signals): void;
}

/** Between looks at processes that are not our children: the kernel tells nobody but the parent that they ended. */
const LOOK_AGAIN_MS = 10;

/** What SIGKILL does not end within this is stuck in the kernel (a dead network file system) and will not be waited for. */
const UNKILLABLE_MS = 10_000;

/** Some processes live on: they are another user's, or stuck in the kernel. */
class ProcessesSurvived extends Error {
  readonly pids: readonly number[];

  constructor(pids: readonly number[]) {
    super(`could not be ended (another user's, or stuck in the kernel): pid ${pids.join(", ")}`);
    this.name = "ProcessesSurvived";
    this.pids = pids;
  }
}

/**
 * Ends all that carry a mark and all in the group or session of `leader`, with their descendants: TERM to everyone, the
 * grace period, KILL. Resolves when none of them lives, also not a daemon that left the group ({@link Family} says what
 * it takes to be missed).
 *
 * @throws ProcessesSurvived when some of them cannot be ended.
 */
export async function terminateMarked(
  mark: ProcessMark,
  { leader = null, ...grace }: Grace & { readonly leader?: Leader | null },
): Promise<void> {
  const family = new Family(mark, leader);
  await terminate(
    {
      living: () => family.living(),
      forget: () => family.forget(),
      send: (pid, signal) => process.kill(pid, signal),
    },
    grace,
  );
}

/** The same for whatever targets. */
async function terminate(
  targets: Targets,
  { graceMs, hurry }: Grace,
  unkillableMs = UNKILLABLE_MS,
): Promise<void> {
  const outOfReach = new Set<number>();
  const send = (pids: readonly number[], signal: NodeJS.Signals) => {
    for (const pid of pids) if (!reaches(targets, pid, signal)) outOfReach.add(pid);
  };
  const living = async () => (await targets.living()).filter((pid) => !outOfReach.has(pid));

  const told = new Set<number>();
  const graceEndMs = performance.now() + graceMs;
  while (performance.now() < graceEndMs && !hurry.aborted) {
    const members = await living();
    // Once each: a second TERM hurries many a program, and that is not for us to say.
    const untold = members.filter((pid) => !told.has(pid));
    send(untold, "SIGTERM");
    for (const pid of untold) told.add(pid);
    if (members.every((pid) => outOfReach.has(pid))) break;
    await pause(hurry);
  }
  const giveUpMs = performance.now() + unkillableMs;
  // Again and again, and at everyone: a member may fork between the look and the signal, or have been between two
  // programs when it was looked at.
  for (;;) {
    targets.forget();
    const members = await living();
    if (members.length === 0) break;
    if (performance.now() > giveUpMs) throw new ProcessesSurvived(members);
    send(members, "SIGKILL");
    await pause(undefined);
  }
  const survivors = (await targets.living()).filter((pid) => outOfReach.has(pid));
  if (survivors.length > 0) throw new ProcessesSurvived(survivors);
}

async function pause(until: AbortSignal | undefined): Promise<void> {
  await delay(LOOK_AGAIN_MS, undefined, { signal: until }).catch(() => {});
}

/** @returns false when the process is not ours to signal. */
function reaches(targets: Targets, pid: number, signal: NodeJS.Signals): boolean {
  try {
    targets.send(pid, signal);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ESRCH") return true;
    if (code === "EPERM") return false;
    throw error;
  }
}
