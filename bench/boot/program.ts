import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A program under measurement: its lines with the time each was seen. */
export interface Program extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Milliseconds since just before the spawn. */
  sinceSpawnMs(): number;
  /** Wall clock just before the spawn, in milliseconds since 1970, with fractions. */
  readonly spawnedAtMs: number;
  /**
   * Resolves with the first line of stdout or stderr, from now on, that `match` accepts.
   *
   * @throws Error with the program's last lines when it ends before
   */
  line<T>(match: (line: string) => T | undefined): Promise<{ value: T; atMs: number }>;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

const TAIL_LINES = 20;

/** Starts a program; leaving the `await using` block ends it and waits for its end, and so does the signal. */
export function startProgram(
  command: string,
  args: readonly string[],
  options: {
    readonly cwd: string;
    readonly env: Record<string, string>;
    readonly signal: AbortSignal;
  },
): Program {
  const spawnedAtMs = performance.timeOrigin + performance.now();
  const startMs = performance.now();
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const sinceSpawnMs = () => performance.now() - startMs;
  const watchers = new Set<(line: string, atMs: number) => void>();
  const tail: string[] = [];
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on("line", (line) => {
      const atMs = sinceSpawnMs();
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      for (const watcher of watchers) watcher(line, atMs);
    });
  }
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once("error", (error) => {
      // Cancelled, not failed: its end is still to come.
      if (child.pid === undefined) reject(error);
    });
    child.once("close", (code, signal) => resolve(code ?? signal ?? 1));
  });
  // Whoever waits for a line hears of a failed spawn there.
  ended.catch(() => {});
  return {
    child,
    spawnedAtMs,
    sinceSpawnMs,
    ended,
    line: (match) =>
      new Promise((resolve, reject) => {
        const watcher = (line: string, atMs: number) => {
          const value = match(line);
          if (value === undefined) return;
          watchers.delete(watcher);
          resolve({ value, atMs });
        };
        watchers.add(watcher);
        ended.then((how) => {
          reject(new Error(`${command} ended (${how}) too early:\n${tail.join("\n")}`));
        }, reject);
      }),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await ended.catch(() => {});
    },
  };
}
