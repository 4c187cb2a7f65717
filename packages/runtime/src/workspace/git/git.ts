import { dirname } from "node:path";
import { Failed } from "../../base/failed.ts";
import type { GitDiagnosis, OutputTail } from "../../base/failure.ts";
import { configEnv, type Setting } from "../../config/git-env.ts";
import type { Grace } from "../../process/grace.ts";
import { endingOf } from "../../process/process-exit.ts";
import { runToEnd } from "../../process/run.ts";
import type { Checkout } from "./checkout-folder.ts";
import { PipeWatch } from "./pipe-watch.ts";

/**
 * Variables that make git use another repository than the one that is meant, or another part of it. A boot that a git hook
 * started has them.
 *
 * @see `git rev-parse --local-env-vars`
 */
const REPOSITORY_VARIABLES = [
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_IMPLICIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_COMMON_DIR",
  "GIT_OBJECT_DIRECTORY",
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_QUARANTINE_PATH",
  "GIT_SHALLOW_FILE",
  "GIT_GRAFT_FILE",
  "GIT_REPLACE_REF_BASE",
  "GIT_NAMESPACE",
  "GIT_PREFIX",
  "GIT_INTERNAL_SUPER_PREFIX",
  "GIT_CONFIG",
  "GIT_LITERAL_PATHSPECS",
  "GIT_GLOB_PATHSPECS",
  "GIT_NOGLOB_PATHSPECS",
  "GIT_ICASE_PATHSPECS",
] as const;

export interface GitOptions {
  /** Folder to run in; it must exist. */
  readonly cwd: string;
  /**
   * The repository that it is about. Without one, git must not need a repository: it does not look for one in `cwd` or
   * further up.
   */
  readonly checkout?: Checkout;
  readonly env: Readonly<Record<string, string>>;
  /** Its index, when that is not the checkout's own. */
  readonly index?: string;
  /** Where its objects are, when that is not in the repository's own folder. */
  readonly objects?: string;
  /** Settings that win over every file, beside those that every git of ours has. */
  readonly settings?: readonly Setting[];
  /** What it reads; nothing by default. */
  readonly stdin?: string | Buffer;
  /** Whether each character of its answer is to be a byte, in lines of any length: what `-z` prints. */
  readonly isExact?: boolean;
  /** Milliseconds that one step may take. Then git and all that it started are ended. */
  readonly stepMs: number;
  readonly signal: AbortSignal;
  readonly grace: Grace;
  /** The URL of the remote, without credentials; for hints. */
  readonly remote?: string;
  /** Called when a step begins that may take long. */
  readonly onStep?: (step: string) => void;
  readonly onLine?: (stream: "stdout" | "stderr", line: string) => void;
}

const LONG_STEPS: ReadonlySet<string> = new Set([
  "clone",
  "fetch",
  "checkout",
  "lfs pull",
  "submodule update",
]);

/**
 * Every git of ours starts no hook and no file system monitor, whatever the configuration says, and opens no connection by
 * running a command (C12).
 */
const NO_PROGRAMS: readonly Setting[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["protocol.ext.allow", "never"],
  // Submodules have their own step, which looks at their configuration first.
  ["submodule.recurse", "false"],
  // Housekeeping in the background would outlive the step and compete with the agent's start.
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
];

/**
 * Runs one git command to its end.
 *
 * @param step - The command's name in messages: `fetch`, `checkout`.
 * @returns The lines of its stdout.
 * @throws Failed `git-failed` or `git-timeout` with git's last lines; `git-failed` that names the pipe at which git waits.
 */
export async function git(
  step: string,
  args: readonly string[],
  options: GitOptions,
): Promise<readonly string[]> {
  const stdout: string[] = [];
  if (LONG_STEPS.has(step)) options.onStep?.(step);
  using pipes = new PipeWatch(options.checkout?.path);
  const result = await runToEnd({
    command: "git",
    args,
    cwd: options.cwd,
    env: environmentOf(options),
    ...(options.stdin !== undefined && { stdin: options.stdin }),
    timeoutMs: options.stepMs,
    signal: AbortSignal.any([options.signal, pipes.found]),
    grace: options.grace,
    stdout: options.isExact === true ? "exact" : "whole",
    onLine: (stream, line) => {
      if (stream === "stdout") stdout.push(line);
      options.onLine?.(stream, line);
    },
  });
  if (result.id === "exited" && result.code === 0) return stdout;
  if (pipes.path !== null && options.checkout !== undefined) {
    const trap = { problem: "trap", path: pipes.path, is: "pipe" } as const;
    const { path } = options.checkout;
    throw new Failed({ code: "git-failed", checkout: path, ...trap }, { fatal: true });
  }
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

function environmentOf({
  cwd,
  checkout,
  env,
  index,
  objects,
  settings = [],
}: GitOptions): Record<string, string> {
  const rest: Record<string, string> = { ...env };
  for (const name of REPOSITORY_VARIABLES) delete rest[name];
  const owned: Setting[] = checkout === undefined ? [] : [["safe.directory", checkout.path]];
  return {
    ...rest,
    ...configEnv([...NO_PROGRAMS, ...owned, ...settings], rest),
    // Named and not looked for: git would go on to a repository further up when the one here is broken (C12).
    ...(checkout === undefined
      ? { GIT_CEILING_DIRECTORIES: dirname(cwd) }
      : { GIT_DIR: checkout.gitDir, GIT_WORK_TREE: checkout.path }),
    ...(index !== undefined && { GIT_INDEX_FILE: index }),
    ...(objects !== undefined && { GIT_OBJECT_DIRECTORY: objects }),
    // Nobody could answer a prompt.
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
  };
}

function diagnose(outputTail: OutputTail, remote: string | null): GitDiagnosis | null {
  const output = outputTail.join("\n");
  const unhelped = /^sandboot git-credential: (.+)$/m.exec(output)?.[1];
  if (unhelped !== undefined) return { id: "no-credential", message: unhelped };
  if (output.includes("'lfs' is not a git command")) return { id: "lfs-missing" };
  if (/The requested URL returned error: 30[1278]/.test(output))
    return { id: "redirected", remote };
  if (output.includes("REMOTE HOST IDENTIFICATION HAS CHANGED")) {
    return { id: "host-key-changed", remote };
  }
  // ssh names no host in this message. It would have asked a person.
  if (output.includes("Host key verification failed")) return { id: "host-key-unknown", remote };
  return null;
}
