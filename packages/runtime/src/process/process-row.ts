import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

/** A row of the process table. */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** In clock ticks since the machine's start. Tells a process from a later one with the same pid. */
  readonly startTicks: number;
}

/** A process that leads the group and the session in which it was started. */
export interface Leader {
  readonly pid: number;
  readonly startTicks: number;
}

/** @returns null when there is no such process (any more), or `/proc` does not show it. */
export function leaderOf(pid: number): Leader | null {
  try {
    const row = parseStat(pid, readFileSync(`/proc/${pid}/stat`, "latin1"));
    return row === null ? null : { pid, startTicks: row.startTicks };
  } catch {
    return null;
  }
}

export async function readRow(pid: number): Promise<ProcessRow | null> {
  const stat = await readProcFile(pid, "stat");
  return stat === undefined ? null : parseStat(pid, stat);
}

/** A file of `/proc/PID`; undefined when the process has ended, or is not ours to look into. */
export async function readProcFile(
  pid: number,
  name: "environ" | "limits" | "stat",
): Promise<string | undefined> {
  return await withDescriptor(() => readFile(`/proc/${pid}/${name}`, "latin1")).catch(
    () => undefined,
  );
}

/** Between two tries to open a file, in milliseconds. */
const LOOK_AGAIN_MS = 10;

/**
 * Opens something of `/proc`. Waits while this process, or the machine, has no descriptor left: a process that cannot be looked
 * at would pass for one that has ended.
 */
export async function withDescriptor<T>(open: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await open();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "EMFILE" && code !== "ENFILE") throw error;
      await delay(LOOK_AGAIN_MS);
    }
  }
}

/** @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function parseStat(pid: number, stat: string): ProcessRow | null {
  // The program's name is in parentheses and may contain anything, so we count the fields from the last parenthesis.
  const [state, parent, group, session, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const AFTER_SESSION_TO_THREADS = 13;
  const AFTER_SESSION_TO_START = 15;
  if (state === undefined || state === "X") return null;
  // A process of several threads is a zombie when its first one has ended. The others hold its files and ports until they
  // have ended, too.
  if (state === "Z" && Number(rest[AFTER_SESSION_TO_THREADS]) <= 1) return null;
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    startTicks: Number(rest[AFTER_SESSION_TO_START]),
  };
}
