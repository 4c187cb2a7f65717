import { processClock } from "../base/clock.ts";
import type { Grace } from "./grace.ts";
import { openPipes } from "./pipes.ts";
import type { NotStarted } from "./process-exit.ts";
import { type LogEntry, type OutputStream, ProcessLog } from "./process-log.ts";
import { type RunningProcess, spawnProcess } from "./spawn.ts";

export interface RunOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** What it can read; nothing by default. */
  readonly stdin?: string;
  /** CPU niceness, 0 to 19. */
  readonly nice?: number;
  /** Milliseconds until it and all it started are ended. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** What it gets when it has to end before its time; what it leaves behind, too. */
  readonly grace: Grace;
  readonly onLine?: (stream: OutputStream, line: string) => void;
  /**
   * What becomes of processes that it leaves behind when it ends by itself: a start hook starts services, git a
   * credential cache, and both stay (`keep`, the default) until the runtime ends; a check leaves nothing (`end`).
   */
  readonly leftovers?: "keep" | "end";
  /**
   * It is somebody's shell script. So its output goes through real pipes, which `> /dev/stderr` needs, and the daemons
   * it starts cannot hide, at the cost of two small programs that are run first (`mkfifo`, `prlimit`).
   */
  readonly script?: boolean;
}

interface Ran {
  /** Its last lines, oldest first. */
  readonly tail: readonly LogEntry[];
  /** Milliseconds from its start to its end. */
  readonly durationMs: number;
}

export type RunResult = Ran &
  (
    | { readonly id: "exited"; readonly code: number }
    | { readonly id: "signalled"; readonly signal: NodeJS.Signals }
    | { readonly id: "timed-out" }
    | { readonly id: "aborted" }
    | NotStarted
  );

/** Lines of output that a failure shows. */
const TAIL_LINES = 20;

/**
 * Runs a program to its end, by itself, by its timeout or by the signal; the result says which. Never rejects for what
 * the program did. At timeout and abort everything it started ends with it (C10).
 *
 * @throws ProcessesSurvived when something that it started cannot be ended.
 */
export async function runToEnd(options: RunOptions): Promise<RunResult> {
  const { signal, onLine, grace } = options;
  const log = new ProcessLog({ clock: processClock, maxLines: 200 });
  if (onLine !== undefined) log.subscribe(({ stream, line }) => onLine(stream, line));
  const startMs = performance.now();
  const ran = (): Ran => ({ tail: log.tail(TAIL_LINES), durationMs: performance.now() - startMs });
  if (signal.aborted) return { id: "aborted", ...ran() };

  const child = await start(options, log);
  const end = await endOf(child, options);
  const leaveNothing = typeof end === "string" || options.leftovers === "end";
  if (leaveNothing) await child.terminate(grace);
  return typeof end === "string" ? { id: end, ...ran() } : { ...end, ...ran() };
}

async function start(options: RunOptions, log: ProcessLog): Promise<RunningProcess> {
  if (options.script !== true) return spawnProcess({ ...options, log });
  using pipes = await openPipes();
  return spawnProcess({ ...options, log, pipes, lockLimits: true });
}

/** Waits for whichever comes first: its own end, its timeout, the signal. */
async function endOf(child: RunningProcess, { timeoutMs, signal }: RunOptions) {
  const stopped = Promise.withResolvers<"timed-out" | "aborted">();
  const timer = setTimeout(() => stopped.resolve("timed-out"), timeoutMs);
  const onAbort = () => stopped.resolve("aborted");
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([child.exited, stopped.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
