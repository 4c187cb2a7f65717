// node:child_process and not execa, which the stager uses: its import would be one of the largest on the way to
// `agent.spawn`, and its promise waits for the end of the pipes, which a daemon may hold for ever.
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { Grace } from "./grace.ts";
import { ProcessOutput } from "./output.ts";
import type { OutputPipes } from "./pipes.ts";
import { lowerPriority, restorePriority } from "./priority.ts";
import { notStarted, type ProcessExit } from "./process-exit.ts";
import type { LogEntry, ProcessLog } from "./process-log.ts";
import { PRLIMIT_FAILED, type ProcessMark, processMark, withLockLimits } from "./process-mark.ts";
import { Family, leaderOf } from "./process-tree.ts";
import { terminateMarked } from "./terminate.ts";

export interface SpawnOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly log: ProcessLog;
  /** What it can read; nothing by default. */
  readonly stdin?: string;
  /** Until {@link RunningProcess.restorePriority}, for it and all it starts. */
  readonly lowPriority?: boolean;
  /** For its output, in place of the sockets that Node makes. The caller disposes of them after the call. */
  readonly pipes?: OutputPipes | null;
  /** Give it the mark that a daemon cannot throw off with its environment, where that can be done. */
  readonly lockLimits?: boolean;
}

export interface RunningProcess {
  /** 0 when it could not be started. */
  readonly pid: number;
  /** Settles when the process itself has ended and what it printed is in the log; never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** How it ended, as soon as `exited` has settled. */
  readonly exit: ProcessExit | undefined;
  readonly log: ProcessLog;
  /** Number of the log's last line before this process's first: a log may outlive its process. */
  readonly logStart: number;
  /** Calls `listener` for every line from now on; returns the call that ends it. */
  onLine(listener: (entry: LogEntry) => void): () => void;
  /** Gives it, and all it started, the priority of others. */
  restorePriority(): Promise<void>;
  /**
   * Ends it and all it started, also when it has ended by itself; resolves when none of them lives.
   *
   * @throws ProcessesSurvived when some of them cannot be ended.
   */
  terminate(grace: Grace): Promise<ProcessExit>;
}

/**
 * Starts a program as the leader of a group and a session of its own, with its output going by lines to its log.
 * Never throws for what the system says: a program that cannot be started has ended, as `not-started`.
 */
export function spawnProcess(options: SpawnOptions): RunningProcess {
  const { log } = options;
  const logStart = log.lastSeq;
  const mark = processMark(randomUUID());
  const { child, wrapped } = start(options, mark);
  const pid = child instanceof Error ? 0 : (child.pid ?? 0);
  const leader = pid === 0 ? null : leaderOf(pid);
  const output = child instanceof Error ? null : outputOf(child, options);
  const lowered = pid !== 0 && options.lowPriority === true ? lowerPriority(pid) : null;

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
    onLine: (listener) => log.subscribe(listener),
    restorePriority: async () => {
      const family = new Family(mark, leader);
      if (pid !== 0) await restorePriority(() => family.living());
    },
    terminate: async (grace) => {
      if (pid !== 0) await terminateMarked(mark, { ...grace, leader });
      const value = await exited;
      await lowered;
      output?.close();
      return value;
    },
  };
}

interface Start {
  /** The error when the system refused at once. */
  readonly child: ChildProcess | NodeJS.ErrnoException;
  /** Whether `prlimit` stands before it. */
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
      // No prlimit on this machine, as we shall know when it is tried without.
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
    // It need not read what it is given.
    child.stdin?.on("error", () => {});
    child.stdin?.end(stdin);
    return child;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

function outputOf(child: ChildProcess, { pipes, log }: SpawnOptions): ProcessOutput | null {
  const { stdout, stderr } = pipes ?? child;
  return stdout && stderr ? new ProcessOutput({ stdout, stderr }, log) : null;
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

/** Exit codes by which `prlimit` says that it could not become the command (as a shell does). */
const COULD_NOT_EXECUTE = [126, 127];

function unwrapped(exit: ProcessExit, { log, command }: SpawnOptions): ProcessExit {
  if (exit.id !== "exited" || !COULD_NOT_EXECUTE.includes(exit.code)) return exit;
  const message = PRLIMIT_FAILED.exec(log.tail(1)[0]?.line ?? "")?.groups?.["message"];
  if (message === undefined) return exit;
  const programMissing = exit.code === 127 && !command.includes("/");
  return { id: "not-started", errorCode: "EXEC", programMissing, message };
}
