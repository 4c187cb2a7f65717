import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

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
 * The second form of a mark, for programs that do not keep their environment: `env -i`, or a daemon (nginx, redis) that
 * overwrites it with its process title. A limit on file locks is inherited like the environment, `/proc/PID/limits` shows
 * it, and it has had no effect since Linux 2.4.25 (getrlimit(2), RLIMIT_LOCKS). The soft limit encodes the mark of the
 * process, the hard limit, which is larger, the mark of the runtime.
 */
export function lockLimit({ name, value }: ProcessMark): { kind: "soft" | "hard"; limit: number } {
  const digest = createHash("sha256").update(value).digest();
  return name === RUNTIME
    ? { kind: "hard", limit: 2 ** 49 + digest.readUIntBE(0, 6) }
    : { kind: "soft", limit: 2 ** 48 + digest.readUIntBE(0, 6) };
}

/**
 * Gives a command the limits of its marks. The program `prlimit` (util-linux) sets them and then executes the command.
 *
 * @param env - The command's environment, with the runtime's mark in it.
 * @returns null when we have such limits ourselves: a limit can only be lowered.
 */
export function withLockLimits(
  command: readonly [string, ...string[]],
  mark: ProcessMark,
  env: Readonly<Record<string, string>>,
): readonly [string, ...string[]] | null {
  if (!/^Max file locks\s+unlimited\s+unlimited/m.test(ownLimits())) return null;
  const soft = lockLimit(mark).limit;
  const runtime = env[RUNTIME];
  const hard = runtime === undefined ? "unlimited" : lockLimit(runtimeMark(runtime)).limit;
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
