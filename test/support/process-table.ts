import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  /** The variable by which it was found. It has the path of a test's folder, whose name begins with the test's file. */
  readonly origin: string;
}

/** Whether a process lives. A zombie does not. */
export function isAlive(pid: number): boolean {
  const { state } = statOf(pid);
  return state !== "" && state !== "Z" && state !== "X";
}

/**
 * The living processes whose environment contains `text`. By this a test finds everything that its sandbox started. A process
 * that is executing another program has no environment for a moment, and is missed.
 */
export function processesWith(text: string): ProcessRow[] {
  return pids().flatMap((pid) => {
    const holding = environmentOf(pid).filter((entry) => entry.includes(text));
    const [origin] = holding.toSorted((a, b) => b.length - a.length);
    if (origin === undefined || pid === process.pid || !isAlive(pid)) return [];
    return [{ pid, parent: statOf(pid).parent, command: commandLine(pid), origin }];
  });
}

/** The command lines of all processes on this machine. */
export function allCommandLines(): string[] {
  return pids().map(commandLine);
}

const BETWEEN_LOOKS_MS = 10;
/** A process that SIGKILL has not ended by then is stuck in the kernel, or belongs to another user. */
const UNKILLABLE_MS = 30_000;

/**
 * Kills every process whose environment contains `text`, as the end of a container does. Resolves when none of them lives. It
 * looks twice, because the first look misses a process that is executing another program.
 */
export async function killEverything(text: string): Promise<void> {
  const giveUpAt = performance.now() + UNKILLABLE_MS;
  for (let foundNone = 0; foundNone < 2; ) {
    const rows = processesWith(text);
    foundNone = rows.length === 0 ? foundNone + 1 : 0;
    for (const { pid } of rows) kill(pid);
    if (performance.now() > giveUpAt) throw new Error(`cannot be ended:\n${describe(rows)}`);
    await delay(BETWEEN_LOOKS_MS);
  }
}

/** One line per process. */
export function describe(rows: readonly ProcessRow[]): string {
  return rows.map(({ pid, command, origin }) => `  pid ${pid}: ${command} (${origin})`).join("\n");
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ESRCH: it has ended in the meantime. EPERM: it is not ours, so the time limit reports it.
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}

/** The pids of all processes on this machine, including zombies. */
export function pids(): number[] {
  return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

function statOf(pid: number): { readonly state: string; readonly parent: number } {
  const stat = readProc(pid, "stat");
  // The program's name is in parentheses and may contain anything.
  const [state = "", parent = "0"] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { state, parent: Number(parent) };
}

/** The environment of a process, as `NAME=value`. */
export function environmentOf(pid: number): string[] {
  return readProc(pid, "environ").split("\0");
}

export function commandLine(pid: number): string {
  return readProc(pid, "cmdline").split("\0").join(" ").trim();
}

/** A file of `/proc/PID`, empty when the process has ended. */
export function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    // It ended meanwhile.
    return "";
  }
}

/** A process and all that descends from it. */
export function familyOf(pid: number, rows: readonly ProcessRow[]): readonly ProcessRow[] {
  const children = rows.filter(({ parent }) => parent === pid);
  return [
    ...rows.filter((row) => row.pid === pid),
    ...children.flatMap((child) => familyOf(child.pid, rows)),
  ];
}
