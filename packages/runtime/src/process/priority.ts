import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { setTimeout as delay } from "node:timers/promises";

/**
 * Low CPU and I/O priority until the agent is ready, for processes that are less urgent (docs/decisions/0006).
 *
 * The low priority must be reversible. Raising a process's priority again needs CAP_SYS_NICE, which containers do not have.
 * So there are three means, and each does no harm where it has no effect:
 * - niceness, where we may undo it;
 * - the niceness of the session's autogroup, which anyone may undo. Where autogroups are on, it is the only niceness that
 *   counts (sched(7));
 * - one CPU instead of all, where we may not undo niceness.
 */
const LOW_IO = { class: "2", level: "7" } as const;

/** CPU niceness by priority. Three more halve a process's share, and 19 is the most. */
export const NICENESS = { normal: 0, low: 10, most: 19, half: 3 } as const;

/** CAP_SYS_NICE of capabilities(7), as a bit of `CapEff`. */
const CAP_SYS_NICE = 1n << 23n;

/** The RLIMIT_NICE of getrlimit(2) that allows niceness 0; the limit is 20 minus the niceness. */
const NICE_LIMIT_FOR_0 = 20;

/** The kernel lets unprivileged processes change an autogroup ten times a second, in the whole machine. */
const AUTOGROUP_PAUSE_MS = 110;
const AUTOGROUP_TRIES = 20;

/** How often we look for new threads: enough for any program that is not a fork bomb. */
const MOST_LOOKS = 10;

/**
 * Lowers the priority of a process that has just been started. The processes that it starts inherit all of it.
 *
 * @param niceness - Of the CPU, 1 to 19.
 * @returns when the programs that this runs (`ionice`, `taskset`) have ended. Only a caller that must leave nothing running
 *   needs to wait for them.
 */
export function lowerPriority(pid: number, niceness: number): Promise<void> {
  writeAutogroup(pid, niceness);
  const io = `ionice -c ${LOW_IO.class} -n ${LOW_IO.level} -p ${pid}`;
  if (canRaiseNice()) {
    tryTo(() => setPriority(pid, niceness));
    return sh(io, []);
  }
  const cpu = allowedCpus().split(/[,-]/).at(-1) ?? "";
  return sh(`${io}; taskset -a -c -p ${cpu} ${pid}`, []);
}

/**
 * Restores normal priority for all threads of these processes. A thread that we have not reached yet may start another one,
 * which is then low too. So we look again until there is no new thread.
 *
 * @param living - Pids of the process and of all that it started.
 */
export async function restorePriority(living: () => Promise<readonly number[]>): Promise<void> {
  const reached = new Set<number>();
  for (let look = 0; look < MOST_LOOKS; look++) {
    const threads = (await living()).flatMap(threadsOf).filter((thread) => !reached.has(thread));
    if (threads.length === 0) return;
    await restoreThreads(threads);
    for (const thread of threads) reached.add(thread);
  }
}

/** Skips threads that have ended in the meantime. */
async function restoreThreads(threads: readonly number[]): Promise<void> {
  const nice = canRaiseNice();
  if (nice) for (const thread of threads) tryTo(() => setPriority(thread, 0));
  const cpus = nice ? "" : `; for t; do taskset -c -p ${allowedCpus()} "$t"; done`;
  await Promise.all([
    sh(`ionice -c 0 -p "$@"${cpus}`, threads.map(String)),
    restoreAutogroups(threads),
  ]);
}

async function restoreAutogroups(threads: readonly number[]): Promise<void> {
  for (const thread of threads) {
    // All threads of a session share one autogroup, but each daemon may have a session of its own.
    if (!/ nice [1-9]/.test(read(`/proc/${thread}/autogroup`))) continue;
    for (let tries = 0; tries < AUTOGROUP_TRIES; tries++) {
      if (writeAutogroup(thread, 0) !== "EAGAIN") break;
      await delay(AUTOGROUP_PAUSE_MS);
    }
  }
}

/** @returns the error's code: `EAGAIN` when the last change was too short ago. */
function writeAutogroup(pid: number, nice: number): string | undefined {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(nice), { flag: "r+" });
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

function canRaiseNice(): boolean {
  const capabilities = /^CapEff:\s*([0-9a-f]+)/m.exec(read("/proc/self/status"))?.[1] ?? "0";
  if ((BigInt(`0x${capabilities}`) & CAP_SYS_NICE) !== 0n) return true;
  const limit = /^Max nice priority\s+(\d+)/m.exec(read("/proc/self/limits"))?.[1] ?? "0";
  return Number(limit) >= NICE_LIMIT_FOR_0;
}

/** The CPUs that we may use, e.g. `0-3,6`. Processes that we start inherit them. */
function allowedCpus(): string {
  return /^Cpus_allowed_list:\s*(\S+)/m.exec(read("/proc/self/status"))?.[1] ?? "0";
}

function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
}

/** Runs programs of util-linux. When one is missing or fails, a priority stays as it was, and nothing else. */
async function sh(script: string, args: readonly string[]): Promise<void> {
  const child = spawn("sh", ["-c", script, "sh", ...args], { stdio: "ignore" });
  await once(child, "exit").catch(() => {});
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function tryTo(change: () => void): void {
  try {
    change();
  } catch {
    // The process has ended already. Its exit is reported elsewhere.
  }
}
