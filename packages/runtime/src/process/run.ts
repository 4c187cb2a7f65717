import { processClock } from "../clock.ts";
import { type LogEntry, type OutputStream, ProcessLog } from "./process-log.ts";
import { spawnProcess } from "./spawn.ts";

export interface RunOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds until it and all it started are ended. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onLine?: (stream: OutputStream, line: string) => void;
}

export type RunResult = { readonly tail: readonly LogEntry[] } & (
  | { readonly id: "exited"; readonly code: number }
  | { readonly id: "signalled"; readonly signal: NodeJS.Signals }
  | { readonly id: "timed-out" }
  | { readonly id: "aborted" }
  | { readonly id: "not-started"; readonly message: string }
);

/** Lines of output that a failure shows. */
const TAIL_LINES = 20;

/** Milliseconds for a program that was told to stop. */
const GRACE_MS = 2_000;

/**
 * Runs a program to its end, by itself, by its timeout or by the signal; the result says which. Never rejects for what
 * the program did. At timeout and abort everything it started ends with it (C10); what it leaves behind when it ends by
 * itself stays: a start hook starts services, git a credential cache.
 */
export async function runToEnd(options: RunOptions): Promise<RunResult> {
  const log = new ProcessLog({ clock: processClock, maxLines: 200 });
  const { onLine } = options;
  if (onLine !== undefined) log.subscribe(({ stream, line }) => onLine(stream, line));
  if (options.signal.aborted) return { id: "aborted", tail: [] };
  const child = spawnProcess({ ...options, log });

  const stopped = Promise.withResolvers<"timed-out" | "aborted">();
  const timer = setTimeout(() => stopped.resolve("timed-out"), options.timeoutMs);
  const onAbort = () => stopped.resolve("aborted");
  options.signal.addEventListener("abort", onAbort, { once: true });
  try {
    const end = await Promise.race([child.exited, stopped.promise]);
    if (end === "timed-out" || end === "aborted") {
      await child.terminate({ graceMs: GRACE_MS });
      return { id: end, tail: log.tail(TAIL_LINES) };
    }
    const tail = log.tail(TAIL_LINES);
    return end.id === "not-started" ? { id: end.id, message: end.message, tail } : { ...end, tail };
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener("abort", onAbort);
  }
}
