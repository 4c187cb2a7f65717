import { addAbortListener } from "node:events";
import { processClock } from "../base/clock.ts";
import { failedWith } from "../base/failed.ts";
import type { NamedProcess } from "../base/failure.ts";
import { processTimers } from "../base/timers.ts";
import type { Grace } from "./grace.ts";
import type { OutputUse } from "./output.ts";
import { openPipes } from "./pipes.ts";
import type { NotStarted } from "./process-exit.ts";
import { type LogEntry, type OutputStream, ProcessLog } from "./process-log.ts";
import { type RunningProcess, spawnProcess } from "./spawn.ts";

export interface RunOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Written to its standard input; empty by default. */
  readonly stdin?: string | Buffer;
  /** CPU niceness, 0 to 19. */
  readonly nice?: number;
  /** After so many milliseconds the program and all that it started are ended. Null: it may take any time. */
  readonly timeoutMs: number | null;
  readonly signal: AbortSignal;
  /** For whatever of it has to be ended. */
  readonly grace: Grace;
  readonly onLine?: (stream: OutputStream, line: string) => void;
  /** What its stdout is to us: a log, of which a flood is left out, or an answer of which every line is needed. Default: `sampled`. */
  readonly stdout?: OutputUse;
  /**
   * What happens to processes that the program leaves behind when it ends by itself. `keep`, the default: they stay until
   * the runtime ends, such as the services of a start hook and git's credential cache. `end`: they are ended, as for a check.
   */
  readonly leftovers?: "keep" | "end";
  /**
   * For shell scripts of users. Their output goes through real pipes, which `> /dev/stderr` needs, and their daemons carry
   * a second mark, which they cannot drop. This costs two small programs that run first (`mkfifo`, `prlimit`).
   */
  readonly script?: boolean;
}

/** Why a program was ended that had not ended by itself. */
type Stopped =
  | { readonly id: "timed-out"; readonly timeoutMs: number }
  | { readonly id: "aborted" };

interface Ran {
  /** Its last lines, oldest first. */
  readonly tail: readonly LogEntry[];
  /** Milliseconds from its start to its end. */
  readonly durationMs: number;
  /** How many lines of output were left out, because there were too many. */
  readonly leftOut: number;
  /** What it had started, was to be ended with it, and could not be. */
  readonly survivors: readonly NamedProcess[];
}

export type RunResult = Ran &
  (
    | { readonly id: "exited"; readonly code: number }
    | { readonly id: "signalled"; readonly signal: NodeJS.Signals }
    | Stopped
    | NotStarted
  );

/** Lines of output that a failure shows. */
const TAIL_LINES = 20;

/**
 * Runs a program until it ends. It ends by itself, by its timeout or by the signal, and the result says which. Never
 * rejects for what the program did. At timeout and abort everything that it started is ended with it (C10).
 */
export async function runToEnd(options: RunOptions): Promise<RunResult> {
  const { signal, onLine, grace } = options;
  const log = new ProcessLog({ clock: processClock, maxLines: 200 });
  if (onLine !== undefined) log.subscribe(({ stream, line }) => onLine(stream, line));
  const startMs = performance.now();
  let survivors: readonly NamedProcess[] = [];
  const ran = (leftOut = 0): Ran => ({
    survivors,
    tail: log.tail(TAIL_LINES),
    durationMs: performance.now() - startMs,
    leftOut,
  });
  if (signal.aborted) return { id: "aborted", ...ran() };

  const child = await start(options, log);
  const end = await endOf(child, options);
  const isStopped = end.id === "timed-out" || end.id === "aborted";
  const leaveNothing = isStopped || options.leftovers === "end";
  if (leaveNothing) {
    await child.terminate(grace).catch((error: unknown) => {
      if (!failedWith(error, "processes-survived")) throw error;
      survivors = error.value.processes;
    });
  }
  return { ...end, ...ran(child.leftOut) };
}

async function start(options: RunOptions, log: ProcessLog): Promise<RunningProcess> {
  if (options.script !== true) return spawnProcess({ ...options, log });
  using pipes = await openPipes();
  return spawnProcess({ ...options, log, pipes, lockLimits: true });
}

/** Waits for whatever comes first: the program's own end, its timeout, the signal. */
async function endOf(child: RunningProcess, { timeoutMs, signal }: RunOptions) {
  const stopped = Promise.withResolvers<Stopped>();
  const cancel =
    timeoutMs === null
      ? () => {}
      : processTimers.after(timeoutMs, () => stopped.resolve({ id: "timed-out", timeoutMs }));
  using _ = addAbortListener(signal, () => stopped.resolve({ id: "aborted" }));
  try {
    return await Promise.race([child.exited, stopped.promise]);
  } finally {
    cancel();
  }
}
