import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync, realpathSync } from "node:fs";
import { randomId } from "../base/random.ts";
import { type Leader, leaderOf } from "./process-row.ts";

/** A variable in the environment of a process. Descendants inherit it, so its value tells whose they are. */
export interface ProcessMark {
  readonly name: string;
  readonly value: string;
}

const RUNTIME = "SANDBOOT_RUNTIME";

/**
 * Every process that we start carries this mark, each with its own id. By it we find the daemons of that process, also
 * those that left its group and its session.
 */
export const processMark = (value: string): ProcessMark => ({ name: "SANDBOOT_PROCESS", value });

/** Processes that an adopt starts carry this mark, too. When the adopt fails, all of them are ended. */
export const adoptMark = (value: string): ProcessMark => ({ name: "SANDBOOT_ADOPT", value });

/** Every process that one runtime started carries this mark. By it the runtime finds what is left at its end. */
export const runtimeMark = (value: string): ProcessMark => ({ name: RUNTIME, value });

/**
 * A new mark for this process. It names the process, so that a later runtime can tell whether this one still lives, and the
 * workspace, so that it can tell whether they would meet there.
 */
export function ownRuntimeMark(workspace: string): ProcessMark {
  const { pid, startTicks } = leaderOf(process.pid) ?? { pid: process.pid, startTicks: 0 };
  return runtimeMark(`${randomId()}.${pid}.${startTicks}.${workspaceNumber(workspace)}`);
}

/** A runtime as the limits of its processes name it. */
export interface LimitedRuntime {
  readonly pid: number;
  /** {@link workspaceNumber} */
  readonly workspace: number;
}

/** The runtime that a mark names; null for text that is no such mark. */
export function runtimeOf(value: string): (Leader & LimitedRuntime) | null {
  const [, pid, startTicks, workspace] =
    /^[0-9a-f-]{36}\.(\d{1,7})\.(\d{1,15})\.(\d{1,8})$/.exec(value) ?? [];
  if (pid === undefined) return null;
  return { pid: Number(pid), startTicks: Number(startTicks), workspace: Number(workspace) };
}

/** `PID_MAX_LIMIT` of the kernel's include/linux/threads.h. */
const PIDS = 2 ** 22;
const WORKSPACES = 2 ** 26;

/** Two workspaces have the same number once in 67 million. */
export function workspaceNumber(path: string): number {
  let real = path;
  try {
    real = realpathSync(path);
  } catch {
    // It is still to be made.
  }
  return createHash("sha256").update(real).digest().readUInt32BE(0) % WORKSPACES;
}

/**
 * The second form of a mark, for programs that do not keep their environment: `env -i`, or a daemon (nginx, redis) that
 * overwrites it with its process title. A limit on file locks is inherited like the environment, `/proc/PID/limits` shows
 * it, and it has had no effect since Linux 2.4.25 (getrlimit(2), RLIMIT_LOCKS). The soft limit encodes the mark of the
 * process, the hard limit, which is larger, the runtime's pid and workspace.
 */
export function lockLimit({ name, value }: ProcessMark): { kind: "soft" | "hard"; limit: number } {
  if (name === RUNTIME) {
    const { pid = 0, workspace = 0 } = runtimeOf(value) ?? {};
    return { kind: "hard", limit: FIRST_HARD + workspace * PIDS + pid };
  }
  const digest = createHash("sha256").update(value).digest();
  return { kind: "soft", limit: 2 ** 48 + digest.readUIntBE(0, 6) };
}

const FIRST_HARD = 2 ** 49;

/**
 * The runtime that a hard limit names; null for a limit that no runtime has set.
 *
 * @param limit - As `/proc/PID/limits` shows it.
 */
export function runtimeOfLimit(limit: string | undefined): LimitedRuntime | null {
  const encoded = Number(limit) - FIRST_HARD;
  if (!(encoded >= 0 && encoded < WORKSPACES * PIDS)) return null;
  return { pid: encoded % PIDS, workspace: Math.floor(encoded / PIDS) };
}

/** A mark with the limit of a runtime of which nothing else is known. */
export function markByLimit({ pid, workspace }: LimitedRuntime): ProcessMark {
  return runtimeMark(`${"0".repeat(36)}.${pid}.0.${workspace}`);
}

/**
 * Gives this process the limit of its mark. Everything that it starts from then on inherits it, also what drops its
 * environment at once. Does nothing without the program `prlimit` (util-linux), and within another runtime.
 */
export async function limitOurselves(mark: ProcessMark): Promise<void> {
  if (!NO_LIMITS.test(ownLimits())) return;
  const { limit } = lockLimit(mark);
  const args = [`--pid=${process.pid}`, `--locks=${limit}:${limit}`];
  await once(spawn("prlimit", args, { stdio: "ignore" }), "exit").catch(() => {});
}

const NO_LIMITS = /^Max file locks\s+unlimited\s+unlimited/m;

/**
 * Gives a command the limits of its marks. The program `prlimit` (util-linux) sets them and then executes the command.
 *
 * @param env - The command's environment, with the runtime's mark in it.
 * @returns null when we have other limits ourselves: a limit can only be lowered.
 */
export function withLockLimits(
  command: readonly [string, ...string[]],
  mark: ProcessMark,
  env: Readonly<Record<string, string>>,
): readonly [string, ...string[]] | null {
  const limits = ownLimits();
  const soft = lockLimit(mark).limit;
  const runtime = env[RUNTIME];
  const hard = runtime === undefined ? "unlimited" : lockLimit(runtimeMark(runtime)).limit;
  const isOurs = new RegExp(`^Max file locks\\s+\\S+\\s+${hard}\\s`, "m").test(limits);
  if (!isOurs && !NO_LIMITS.test(limits)) return null;
  return ["prlimit", `--locks=${soft}:${hard}`, "--", ...command];
}

/** What `prlimit` prints when the command itself cannot be executed. */
export const PRLIMIT_FAILED = /^prlimit: failed to execute (?<message>.+)$/;

function ownLimits(): string {
  try {
    return readFileSync("/proc/self/limits", "latin1");
  } catch {
    return "";
  }
}
