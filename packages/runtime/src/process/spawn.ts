// node:child_process and not execa, which the stager uses. Importing execa would delay `agent.spawn`, and its promise waits
// until the pipes close, which a daemon may keep open for ever.
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import type { StartProblem } from "../base/failure.ts";
import { randomId } from "../base/random.ts";
import type { Grace } from "./grace.ts";
import { type OutputUse, ProcessOutput } from "./output.ts";
import type { OutputPipes } from "./pipes.ts";
import { lowerPriority, NICENESS, restorePriority } from "./priority.ts";
import { notStarted, type ProcessExit } from "./process-exit.ts";
import type { LogEntry, ProcessLog } from "./process-log.ts";
import { PRLIMIT_FAILED, type ProcessMark, processMark, withLockLimits } from "./process-mark.ts";
import { leaderOf } from "./process-row.ts";
import { ProcessTree } from "./process-tree.ts";
import { terminateMarked } from "./terminate.ts";

export interface SpawnOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly log: ProcessLog;
  /** Written to its standard input; empty by default. */
  readonly stdin?: string | Buffer;
  /** Of the CPU, for the process and all that it starts, until {@link RunningProcess.restorePriority}; above 0 with low I/O priority. */
  readonly niceness?: number;
  /** For the process's output, instead of the sockets that Node makes. The caller disposes of them after the call. */
  readonly pipes?: OutputPipes | null;
  /** Adds, where possible, the second mark: a daemon that drops its environment keeps it. */
  readonly lockLimits?: boolean;
  /** What its stdout is to us. Default: `sampled`. */
  readonly stdout?: OutputUse;
}

export interface RunningProcess {
  /** 0 when the program could not be started. */
  readonly pid: number;
  /** Resolves when the process itself has ended and its output is in the log. Never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** The value of `exited`, as soon as it has one. */
  readonly exit: ProcessExit | undefined;
  readonly log: ProcessLog;
  /** `seq` of the last line before this process's first: one log may hold the output of several starts. */
  readonly logStart: number;
  /** The pids of the process and of all that it has started, as far as they live. */
  family(): Promise<readonly number[]>;
  /** How many lines of its output are not in the log, because there were too many. */
  readonly leftOut: number;
  /** Calls `listener` for every line from now on. @returns the call that ends this. */
  onLine(listener: (entry: LogEntry) => void): () => void;
  /** Back to normal priority, for the process and all that it started. */
  restorePriority(): Promise<void>;
  /**
   * Ends the process and all that it started. When the process has ended already, ends what it left behind. Resolves when
   * none of them lives.
   *
   * @throws Failed `processes-survived` when some of them cannot be ended.
   */
  terminate(grace: Grace): Promise<ProcessExit>;
}

/**
 * Starts a program as the leader of its own group and session. Its output goes, line by line, to its log. Never throws for
 * an error of the system: a program that cannot be started counts as ended, as `not-started`.
 */
export function spawnProcess(options: SpawnOptions): RunningProcess {
  const { log } = options;
  const logStart = log.lastSeq;
  const mark = processMark(randomId());
  const { child, wrapped } = start(options, mark);
  const pid = child instanceof Error ? 0 : (child.pid ?? 0);
  const leader = pid === 0 ? null : leaderOf(pid);
  const output = child instanceof Error ? null : outputOf(child, options);
  const { niceness = NICENESS.normal } = options;
  const lowered = pid !== 0 && niceness > NICENESS.normal ? lowerPriority(pid, niceness) : null;

  let exit: ProcessExit | undefined;
  const exited = exitOf(child, output, options)
    .then((value) => (wrapped ? unwrapped(value, options) : value))
    .then((value) => {
      exit = value;
      return value;
    });
  return {
    pid,
    exited,
    log,
    logStart,
    get exit() {
      return exit;
    },
    get leftOut() {
      return output?.leftOut ?? 0;
    },
    onLine: (listener) => log.subscribe(listener),
    family: () => new ProcessTree(mark, leader).living(),
    restorePriority: async () => {
      const tree = new ProcessTree(mark, leader);
      if (pid !== 0) await restorePriority(() => tree.living());
    },
    terminate: async (grace) => {
      try {
        if (pid !== 0) await terminateMarked(mark, { ...grace, leader });
      } catch (error) {
        // What cannot be ended must not hold up our own end.
        output?.close();
        if (!(child instanceof Error)) child.unref();
        throw error;
      }
      const value = await exited;
      await lowered;
      output?.close();
      return value;
    },
  };
}

interface Start {
  /** The error, when spawn(2) failed at once. */
  readonly child: ChildProcess | NodeJS.ErrnoException;
  /** Whether the child is `prlimit`, which executes the command. */
  readonly wrapped: boolean;
}

function start(options: SpawnOptions, mark: ProcessMark): Start {
  const env = { ...options.env, [mark.name]: mark.value };
  const command = [options.command, ...options.args] as const;
  if (options.lockLimits === true) {
    const wrapper = withLockLimits(command, mark, env);
    const child = wrapper === null ? null : trySpawn(wrapper, { ...options, env });
    if (child !== null && !(child instanceof Error)) {
      if (child.pid !== undefined) return { child, wrapped: true };
      // There may be no prlimit on this machine. The start without it, below, tells whether the command itself is at fault.
      child.on("error", () => {});
    }
  }
  return { child: trySpawn(command, { ...options, env }), wrapped: false };
}

function trySpawn(
  [program, ...args]: readonly [string, ...string[]],
  { cwd, env, stdin, pipes }: SpawnOptions,
): ChildProcess | NodeJS.ErrnoException {
  const input = stdin === undefined ? "ignore" : "pipe";
  const stdio: StdioOptions = [input, ...(pipes?.writeFds ?? (["pipe", "pipe"] as const))];
  try {
    const child = spawn(program, args, { cwd, env, detached: true, stdio });
    // A program need not read its standard input.
    child.stdin?.on("error", () => {});
    child.stdin?.end(stdin);
    return child;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

function outputOf(child: ChildProcess, options: SpawnOptions): ProcessOutput | null {
  const { stdout, stderr } = options.pipes ?? child;
  return stdout && stderr ? new ProcessOutput({ stdout, stderr }, options) : null;
}

function exitOf(
  child: ChildProcess | NodeJS.ErrnoException,
  output: ProcessOutput | null,
  options: SpawnOptions,
): Promise<ProcessExit> {
  if (child instanceof Error) return Promise.resolve(notStarted(child, options));
  return new Promise((resolve) => {
    child.once("error", (error) => {
      if (child.pid === undefined) resolve(notStarted(error, options));
    });
    child.once("exit", (code, signal) => {
      const exit: ProcessExit =
        signal === null ? { id: "exited", code: code ?? 0 } : { id: "signalled", signal };
      void (output?.drained() ?? Promise.resolve()).then(() => resolve(exit));
    });
  });
}

/** `prlimit` exits with one of these, as a shell does, when it cannot execute the command. */
const COULD_NOT_EXECUTE = [126, 127];

function unwrapped(exit: ProcessExit, { log, command }: SpawnOptions): ProcessExit {
  if (exit.id !== "exited" || !COULD_NOT_EXECUTE.includes(exit.code)) return exit;
  const message = PRLIMIT_FAILED.exec(log.tail(1)[0]?.line ?? "")?.groups?.["message"];
  if (message === undefined) return exit;
  // As execvp(3) does, prlimit looks a bare name up on PATH.
  const isMissing = exit.code === 127 && !command.includes("/");
  const start: StartProblem = isMissing
    ? { errno: "ENOENT", why: "no-program", command }
    : { errno: "EXEC", why: "other", error: message };
  return { id: "not-started", start };
}
