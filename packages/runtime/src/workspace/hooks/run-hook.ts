import { constants, open } from "node:fs/promises";
import { resolve } from "node:path";
import { PhaseFailure } from "../../base/failure.ts";
import type { Repository } from "../../config/config.ts";
import type { Grace } from "../../process/grace.ts";
import { type RunResult, runToEnd } from "../../process/run.ts";

export interface HookOptions {
  readonly kind: "setup" | "start";
  readonly repository: Repository;
  /** Path of the script, relative to the repository. */
  readonly script: string;
  readonly timeoutMs: number;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly grace: Grace;
  readonly onLine: (stream: "stdout" | "stderr", line: string) => void;
}

export type HookResult =
  | { readonly id: "absent" }
  | { readonly id: "ran"; readonly script: string };

/**
 * Runs a repository's hook in the repository's folder. A script that may be executed runs by its shebang, any other by
 * bash. Services that it leaves behind when it ends well stay; at its timeout everything it started ends (C10).
 *
 * @throws PhaseFailure `hook-failed` or `hook-timeout` with the script's path, how it ended and its last lines.
 */
export async function runHook(options: HookOptions): Promise<HookResult> {
  const { repository, kind } = options;
  const script = resolve(repository.path, options.script);
  const kindOfFile = await inspect(script);
  if (kindOfFile === "absent") return { id: "absent" };
  if (kindOfFile === "not-a-file") {
    throw new PhaseFailure({
      code: "hook-failed",
      message: `${script} should be a script, and is no file`,
    });
  }
  const direct = kindOfFile === "executable";
  const result = await runToEnd({
    command: direct ? script : "bash",
    args: direct ? [] : [script],
    cwd: repository.path,
    env: { ...options.env, SANDBOOT_HOOK: kind, SANDBOOT_REPOSITORY: repository.name },
    timeoutMs: options.timeoutMs,
    signal: options.signal,
    grace: options.grace,
    onLine: options.onLine,
    script: true,
  });
  if (result.id === "exited" && result.code === 0) return { id: "ran", script };
  throw new PhaseFailure({
    code: result.id === "timed-out" ? "hook-timeout" : "hook-failed",
    message: `${script} ${outcome(result, options.timeoutMs)}`,
    outputTail: result.tail.map(({ line }) => line),
    detail: { script, exitCode: result.id === "exited" ? result.code : null },
    ...hintFor(result, kind),
  });
}

function outcome(result: RunResult, timeoutMs: number): string {
  switch (result.id) {
    case "exited":
      return `ended with exit code ${result.code}`;
    case "signalled":
      return `was ended by ${result.signal}`;
    case "timed-out":
      return `did not end within ${timeoutMs / 1000} s, so it and all it started were ended`;
    case "aborted":
      return "was stopped with the boot";
    case "not-started":
      return `could not be started: ${result.message}`;
    default:
      return result satisfies never;
  }
}

function hintFor(result: RunResult, kind: "setup" | "start"): { hint?: string } {
  if (result.id === "timed-out") {
    return {
      hint: `give it longer by hooks.${kind}Seconds or ${kind.toUpperCase()}_TIMEOUT_SECONDS`,
    };
  }
  return result.id === "not-started"
    ? { hint: "check its first line (#!) and that bash is there" }
    : {};
}

/** Executable needs both the mode and a `#!`: the kernel runs no script without one, and bash would have. */
async function inspect(
  script: string,
): Promise<"absent" | "not-a-file" | "executable" | "for-bash"> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    // A pipe by that name would be waited for without it.
    file = await open(script, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return "absent";
    throw new PhaseFailure({
      code: "hook-failed",
      message: `${script} cannot be read: ${message}`,
    });
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return "not-a-file";
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    const shebang = buffer.toString("latin1", 0, bytesRead) === "#!";
    return shebang && (stat.mode & 0o111) !== 0 ? "executable" : "for-bash";
  } finally {
    await file.close();
  }
}
