import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** A name in the environment, and the value that makes a process one of ours: descendants inherit it. */
export interface ProcessMark {
  readonly name: string;
  readonly value: string;
}

const RUNTIME = "SANDBOOT_RUNTIME";

/**
 * Every process we start carries this name with an id of its own: so a daemon that left its group and its session is
 * still known as that process's.
 */
export const processMark = (value: string): ProcessMark => ({ name: "SANDBOOT_PROCESS", value });

/** What one adopt of a seed started carries this besides: an adopt that fails leaves none of it. */
export const adoptMark = (value: string): ProcessMark => ({ name: "SANDBOOT_ADOPT", value });

/** Everything that one runtime ever started carries this: what is left of it at the very end is found by it. */
export const runtimeMark = (value: string): ProcessMark => ({ name: RUNTIME, value });

/**
 * The second form of a mark, for programs that do not keep their environment: `env -i`, or a daemon (nginx, redis) that
 * writes its title over it. A limit on file locks is inherited like the environment, shown by `/proc/PID/limits`, and
 * without any effect since Linux 2.4.25 (getrlimit(2), RLIMIT_LOCKS). The soft limit stands for the process's mark, the
 * hard limit, which is larger, for the runtime's.
 */
export function lockLimit({ name, value }: ProcessMark): { kind: "soft" | "hard"; limit: number } {
  const digest = createHash("sha256").update(value).digest();
  return name === RUNTIME
    ? { kind: "hard", limit: 2 ** 49 + digest.readUIntBE(0, 6) }
    : { kind: "soft", limit: 2 ** 48 + digest.readUIntBE(0, 6) };
}

/**
 * Puts the program `prlimit` (util-linux) before a command, which gives it the limits of its marks and becomes it.
 *
 * @param env - The command's environment, which has the runtime's mark in it.
 * @returns null when we live below such limits ourselves: they can only be lowered.
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

/** What `prlimit` says when the command itself could not be started. */
export const PRLIMIT_FAILED = /^prlimit: failed to execute (?<message>.+)$/;

function ownLimits(): string {
  try {
    return readFileSync("/proc/self/limits", "latin1");
  } catch {
    return "";
  }
}
