import { Failed } from "../../base/failed.ts";
import type { GitDiagnosis, OutputTail } from "../../base/failure.ts";
import type { Grace } from "../../process/grace.ts";
import { endingOf } from "../../process/process-exit.ts";
import { runToEnd } from "../../process/run.ts";

/** Variables that make git use another repository than the one in `cwd`. A boot that a git hook started has them. */
const REPOSITORY_VARIABLES = [
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_COMMON_DIR",
  "GIT_OBJECT_DIRECTORY",
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_NAMESPACE",
  "GIT_PREFIX",
] as const;

export interface GitOptions {
  /** Folder to run in; it must exist. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds that one step may take. Then git and all that it started are ended. */
  readonly stepMs: number;
  readonly signal: AbortSignal;
  readonly grace: Grace;
  /** The URL of the remote, without credentials; for hints. */
  readonly remote?: string;
  readonly onLine?: (stream: "stdout" | "stderr", line: string) => void;
}

/**
 * Runs one git command to its end.
 *
 * @param step - The command's name in messages: `fetch`, `checkout`.
 * @returns The lines of its stdout.
 * @throws Failed `git-failed` or `git-timeout` with git's last lines.
 */
export async function git(
  step: string,
  args: readonly string[],
  options: GitOptions,
): Promise<readonly string[]> {
  const stdout: string[] = [];
  const result = await runToEnd({
    command: "git",
    args,
    cwd: options.cwd,
    env: {
      ...withoutRepository(options.env),
      // Nobody could answer a prompt.
      GIT_TERMINAL_PROMPT: "0",
      // Housekeeping in the background would outlive the step and compete with the agent's start.
      GIT_OPTIONAL_LOCKS: "0",
    },
    timeoutMs: options.stepMs,
    signal: options.signal,
    grace: options.grace,
    onLine: (stream, line) => {
      if (stream === "stdout") stdout.push(line);
      options.onLine?.(stream, line);
    },
  });
  if (result.id === "exited" && result.code === 0) return stdout;
  const { cwd, stepMs: timeoutMs, remote } = options;
  const outputTail = result.tail.map(({ line }) => line);
  if (result.id === "timed-out") {
    throw new Failed({ code: "git-timeout", step, cwd, timeoutMs, outputTail });
  }
  const diagnosis = diagnose(outputTail, remote ?? null);
  throw new Failed({
    code: "git-failed",
    step,
    cwd,
    ...endingOf(result),
    diagnosis,
    outputTail,
  });
}

/** Makes a failure fatal: the boot cannot go on, because there is no complete checkout. */
export function fatal(error: unknown): unknown {
  return error instanceof Failed
    ? new Failed(error.value, { fatal: true, cause: error.cause })
    : error;
}

function withoutRepository(env: Readonly<Record<string, string>>): Record<string, string> {
  const rest = { ...env };
  for (const name of REPOSITORY_VARIABLES) delete rest[name];
  return rest;
}

function diagnose(outputTail: OutputTail, remote: string | null): GitDiagnosis | null {
  const output = outputTail.join("\n");
  if (output.includes("'lfs' is not a git command")) return { id: "lfs-missing" };
  if (output.includes("REMOTE HOST IDENTIFICATION HAS CHANGED")) {
    return { id: "host-key-changed", remote };
  }
  // ssh names no host in this message. It would have asked a person.
  if (output.includes("Host key verification failed")) return { id: "host-key-unknown", remote };
  return null;
}
