import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  /** What its environment says of where it comes from: the name of a test's folder is that of the test's file. */
  readonly origin: string;
}

/** Whether a process runs; a zombie does not. */
export function isAlive(pid: number): boolean {
  const { state } = statOf(pid);
  return state !== "" && state !== "Z" && state !== "X";
}

/**
 * Living processes whose environment holds `text`: how a test finds everything that its sandbox started. One that is just
 * now becoming another program has no environment for a moment, and is missed.
 */
export function processesWith(text: string): ProcessRow[] {
  return pids().flatMap((pid) => {
    const holding = environmentOf(pid).filter((entry) => entry.includes(text));
    const [origin] = holding.toSorted((a, b) => b.length - a.length);
    if (origin === undefined || pid === process.pid || !isAlive(pid)) return [];
    return [{ pid, parent: statOf(pid).parent, command: commandLine(pid), origin }];
  });
}

/** Command lines of everything that lives on this machine. */
export function allCommandLines(): string[] {
  return pids().map(commandLine);
}

const BETWEEN_LOOKS_MS = 10;
/** What SIGKILL has not ended by then is stuck in the kernel, or another user's. */
const UNKILLABLE_MS = 30_000;

/**
 * Kills every process whose environment holds `text`, as the end of a container would. None of them lives when this
 * resolves: it looks twice, so that one which was between two programs at the first look is found by the second.
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

/** A line a process. */
export function describe(rows: readonly ProcessRow[]): string {
  return rows.map(({ pid, command, origin }) => `  pid ${pid}: ${command} (${origin})`).join("\n");
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // It ended meanwhile, or is not ours: then it is still there at the end of the time.
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}

/** Of everything that lives here, and zombies. */
export function pids(): number[] {
  return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

function statOf(pid: number): { readonly state: string; readonly parent: number } {
  const stat = readProc(pid, "stat");
  // The name stands in parentheses and may hold anything.
  const [state = "", parent = "0"] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { state, parent: Number(parent) };
}

/** `NAME=value` each. */
function environmentOf(pid: number): string[] {
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
