import { readlinkSync } from "node:fs";
import { setPriority } from "node:os";
import { basename } from "node:path";
import { workerData } from "node:worker_threads";

/** What a pool gives to each of its threads. */
export interface ThreadData {
  readonly niceness: number | undefined;
}

/**
 * Gives this thread, and no other of the process, the niceness that its pool asks for. Linux keeps one for each thread, and
 * takes a thread's id where it takes a process's (setpriority(2)); `/proc/thread-self` leads to `PID/task/TID`.
 */
export function takeNiceness(): void {
  const { niceness } = (workerData ?? {}) as Partial<ThreadData>;
  if (niceness === undefined) return;
  try {
    setPriority(Number(basename(readlinkSync("/proc/thread-self"))), niceness);
  } catch {
    // Its work is done all the same, at the priority that it has.
  }
}
