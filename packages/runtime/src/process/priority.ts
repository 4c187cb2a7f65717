import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { setTimeout as delay } from "node:timers/promises";

/**
 * Low CPU and I/O priority that can be taken back, for processes that have time while the agent starts (decision 6).
 *
 * A process that has lowered its niceness may not raise it again without CAP_SYS_NICE, which containers do not have. So there
 * are three means, each harmless where it is of no use: niceness, where it can be undone; the niceness of the session's
 * autogroup, which anyone may undo, and which is the only one that counts where autogroups are on (sched(7)); and one CPU
 * instead of all, where niceness cannot be undone.
 */
const LOW = { nice: 10, ioClass: "2", ioLevel: "7" } as const;

/** CAP_SYS_NICE of capabilities(7), as a bit of `CapEff`. */
const CAP_SYS_NICE = 1n << 23n;

/** RLIMIT_NICE of getrlimit(2) that allows niceness 0: 20 minus the niceness. */
const NICE_LIMIT_FOR_0 = 20;

/** Between changes of autogroups by the unprivileged the kernel wants a tenth of a second, machine-wide. */
const AUTOGROUP_PAUSE_MS = 110;
const AUTOGROUP_TRIES = 20;

/** Enough for any program that is not a fork bomb. */
const MOST_LOOKS = 10;

/**
 * For a process that has just been started: what it starts inherits all of it.
 *
 * @returns when the programs that it takes have ended; nobody need wait for them but who wants nothing left running.
 */
export function lowerPriority(pid: number): Promise<void> {
  writeAutogroup(pid, LOW.nice);
  const io = `ionice -c ${LOW.ioClass} -n ${LOW.ioLevel} -p ${pid}`;
  if (canRaiseNice()) {
    tryTo(() => setPriority(pid, LOW.nice));
    return sh(io, []);
  }
  const cpu = allowedCpus().split(/[,-]/).at(-1) ?? "";
  return sh(`${io}; taskset -a -c -p ${cpu} ${pid}`, []);
}

/**
 * Takes it back, for all threads of these processes. A thread that was started by one that we had not reached yet is low
 * too, so we look again until there is none that is new.
 *
 * @param living - Pids of the process and all it started.
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

/** Whatever has ended meanwhile is no matter. */
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
    // One of a session is enough, but the sessions of daemons are many.
    if (!/ nice [1-9]/.test(read(`/proc/${thread}/autogroup`))) continue;
    for (let tries = 0; tries < AUTOGROUP_TRIES; tries++) {
      if (writeAutogroup(thread, 0) !== "EAGAIN") break;
      await delay(AUTOGROUP_PAUSE_MS);
    }
  }
}

/** @returns the error's code, `EAGAIN` when it was too soon. */
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

/** Those that we may use, e.g. `0-3,6`: what is started inherits them. */
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

/** Runs programs of util-linux; one that is missing or fails changes no more than a priority. */
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
    // It has ended already, which its exit will tell.
  }
}
