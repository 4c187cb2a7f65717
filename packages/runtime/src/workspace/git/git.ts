import { PhaseFailure } from "../../base/failure.ts";
import type { Grace } from "../../process/grace.ts";
import type { RunResult } from "../../process/run.ts";
import { runToEnd } from "../../process/run.ts";

/** What names another repository than the one in `cwd`: a boot that is started from a git hook has them. */
const REPOSITORY_OF_SOMEBODY_ELSE = [
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
  /** Milliseconds one step may take; its whole process group ends then. */
  readonly stepMs: number;
  readonly signal: AbortSignal;
  readonly grace: Grace;
  /** The URL it talks to, without credentials; for hints. */
  readonly remote?: string;
  readonly onLine?: (stream: "stdout" | "stderr", line: string) => void;
}

/**
 * Runs one git command to its end.
 *
 * @param step - What it is for, in messages: `fetch`, `checkout`.
 * @returns What it printed on stdout, by lines.
 * @throws PhaseFailure `git-failed` or `git-timeout` with git's last lines.
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
      // A prompt would wait for somebody who is not there.
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
  throw new PhaseFailure({
    code: result.id === "timed-out" ? "git-timeout" : "git-failed",
    message: `git ${step} ${outcome(result, options.stepMs)}`,
    outputTail: result.tail.map(({ line }) => line),
    ...hintFor(result, options.remote),
    detail: { step, cwd: options.cwd, exitCode: result.id === "exited" ? result.code : null },
  });
}

/** The same failure, as one that the boot cannot go on after: there is no whole checkout. */
export function fatal(error: unknown): unknown {
  return error instanceof PhaseFailure
    ? new PhaseFailure(error.failure, { fatal: true, cause: error.cause })
    : error;
}

function withoutRepository(env: Readonly<Record<string, string>>): Record<string, string> {
  const rest = { ...env };
  for (const name of REPOSITORY_OF_SOMEBODY_ELSE) delete rest[name];
  return rest;
}

function hintFor(result: RunResult, remote?: string): { hint?: string } {
  switch (result.id) {
    case "not-started":
      return { hint: "install git, or put it on PATH" };
    case "timed-out":
      return { hint: "give it longer by git.stepSeconds" };
    default: {
      const hint = hintIn(result.tail.map(({ line }) => line).join("\n"), remote);
      return hint === undefined ? {} : { hint };
    }
  }
}

function hintIn(output: string, remote = "the remote"): string | undefined {
  if (output.includes("'lfs' is not a git command")) {
    return "install git-lfs, or set lfs to false for this repository";
  }
  if (output.includes("REMOTE HOST IDENTIFICATION HAS CHANGED")) {
    return `the host of ${remote} has another key than known_hosts says: find out why before you replace it there`;
  }
  // ssh names no host here: it would have asked, and there is nobody to ask.
  if (output.includes("Host key verification failed")) {
    return `ssh does not know the host of ${remote}: put its key into known_hosts, or set GIT_SSH_COMMAND`;
  }
  return undefined;
}

function outcome(result: RunResult, stepMs: number): string {
  switch (result.id) {
    case "exited":
      return `ended with exit code ${result.code}`;
    case "signalled":
      return `was ended by ${result.signal}`;
    case "timed-out":
      return `did not end within ${stepMs / 1000} s`;
    case "aborted":
      return "was stopped";
    case "not-started":
      return `could not be started: ${result.message}`;
    default:
      return result satisfies never;
  }
}
