// node:child_process and not execa: execa's import alone costs more of the way to `agent.spawn` than everything else we
// load (bench/boot prints the figure), and its promise waits for the end of the pipes, which a daemon may hold for ever.
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { setPriority } from "node:os";
import { LineSplitter } from "./lines.ts";
import type { OutputStream, ProcessLog } from "./process-log.ts";
import { processMark } from "./process-tree.ts";
import { type TerminateOptions, terminateMarked } from "./terminate.ts";

export type ProcessExit =
  | { readonly id: "exited"; readonly code: number }
  | { readonly id: "signalled"; readonly signal: NodeJS.Signals }
  | { readonly id: "not-started"; readonly errorCode: string; readonly message: string };

export interface SpawnOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly log: ProcessLog;
  /** CPU niceness, 0 to 19. */
  readonly nice?: number;
}

export interface RunningProcess {
  /** 0 when it could not be started. */
  readonly pid: number;
  /** Settles when the process itself has ended and what it printed is in the log; never rejects. */
  readonly exited: Promise<ProcessExit>;
  readonly exit: ProcessExit | undefined;
  readonly log: ProcessLog;
  /** Ends it and all it started; resolves when none of them lives. */
  terminate(options: TerminateOptions): Promise<void>;
}

/** Starts a program as the leader of a group and a session of its own, with its output going by lines to its log. */
export function spawnProcess(options: SpawnOptions): RunningProcess {
  const mark = processMark(randomUUID());
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: { ...options.env, [mark.name]: mark.value },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const pid = child.pid ?? 0;
  if (pid !== 0 && options.nice !== undefined) setPriority(pid, options.nice);
  readLines(child, "stdout", options.log);
  readLines(child, "stderr", options.log);

  let exit: ProcessExit | undefined;
  const exited = exitOf(child).then((value) => {
    exit = value;
    return value;
  });
  return {
    pid,
    exited,
    log: options.log,
    get exit() {
      return exit;
    },
    terminate: async (how) => {
      if (pid !== 0) await terminateMarked(mark, { ...how, leader: pid });
      await exited;
    },
  };
}

function readLines(child: ChildProcess, stream: OutputStream, log: ProcessLog): void {
  const splitter = new LineSplitter((line) => log.append(stream, line));
  child[stream]?.on("data", (chunk: Buffer) => splitter.push(chunk));
  child[stream]?.on("close", () => splitter.end());
}

/** Milliseconds that the pipes may take to give what the process left in them, when somebody else holds them open. */
const DRAIN_MS = 50;

function exitOf(child: ChildProcess): Promise<ProcessExit> {
  return new Promise((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      if (child.pid !== undefined) return;
      resolve({ id: "not-started", errorCode: error.code ?? "UNKNOWN", message: error.message });
    });
    child.once("exit", (code, signal) => {
      const exit: ProcessExit =
        signal === null ? { id: "exited", code: code ?? 0 } : { id: "signalled", signal };
      // `close` comes when the pipes have ended. A grandchild may hold them open for ever, so they get a moment:
      // enough for what the process wrote before it ended, and a daemon left behind holds nobody up.
      const timer = setTimeout(() => resolve(exit), DRAIN_MS);
      child.once("close", () => {
        clearTimeout(timer);
        resolve(exit);
      });
    });
  });
}
