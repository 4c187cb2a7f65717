import { closeSync, readSync } from "node:fs";
import { resolve } from "node:path";
import { Failed } from "../../base/failed.ts";
import type { NamedProcess } from "../../base/failure.ts";
import { systemErrorOf } from "../../base/system-error.ts";
import { type OpenedFile, openFile } from "../../base/text-file.ts";
import type { Repository } from "../../config/config.ts";
import type { Grace } from "../../process/grace.ts";
import { endingOf } from "../../process/process-exit.ts";
import { runToEnd } from "../../process/run.ts";

export interface HookOptions {
  readonly kind: "setup" | "start";
  readonly repository: Repository;
  /** Path of the script, relative to the repository. */
  readonly script: string;
  /** `auto`: an executable script with a shebang is run directly, any other by bash. `bash`: every script by bash. */
  readonly shell: "auto" | "bash";
  /** Null: no limit. */
  readonly timeoutMs: number | null;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly grace: Grace;
  /** Called when some of what it had started cannot be ended. */
  readonly onSurvivors: (processes: readonly NamedProcess[]) => void;
  readonly onLine: (stream: "stdout" | "stderr", line: string) => void;
}

export type HookResult =
  | { readonly id: "absent" }
  | {
      readonly id: "ran";
      readonly script: string;
      /** How many lines of its output were left out, because there were too many. */
      readonly leftOut: number;
    };

/**
 * Runs a repository's hook in the repository's folder. The hook is over when the script's own process has ended, whatever
 * still holds its output. When it succeeds, services that it started stay. At its timeout, everything that it started is
 * ended (C10).
 *
 * @throws Failed `hook-failed` or `hook-timeout` with the script's path, how it ended and its last lines.
 */
export async function runHook(options: HookOptions): Promise<HookResult> {
  const { repository, kind } = options;
  const script = resolve(repository.path, options.script);
  const kindOfFile = inspect(script);
  if (kindOfFile === "absent") return { id: "absent" };
  if (kindOfFile === "not-a-file") {
    throw new Failed({ code: "hook-failed", script, problem: "not-a-file" });
  }
  const direct = kindOfFile === "executable" && options.shell === "auto";
  const result = await runToEnd({
    command: direct ? script : "bash",
    args: direct ? [] : [script],
    cwd: repository.path,
    env: { ...options.env, SANDBOOT_HOOK: kind, SANDBOOT_REPOSITORY: repository.name },
    timeoutMs: options.timeoutMs,
    signal: options.signal,
    grace: options.grace,
    onLine: options.onLine,
    script: true,
  });
  if (result.survivors.length > 0) options.onSurvivors(result.survivors);
  if (result.id === "exited" && result.code === 0) {
    return { id: "ran", script, leftOut: result.leftOut };
  }
  const outputTail = result.tail.map(({ line }) => line);
  if (result.id === "timed-out") {
    const { timeoutMs } = result;
    throw new Failed({ code: "hook-timeout", script, kind, timeoutMs, outputTail });
  }
  throw new Failed({ code: "hook-failed", script, ...endingOf(result), outputTail });
}

/** A script is `executable` by its mode and a `#!`. The kernel cannot run a script without `#!`, but bash can. */
function inspect(script: string): "absent" | "not-a-file" | "executable" | "for-bash" {
  let file: OpenedFile;
  try {
    file = openFile(script);
  } catch (error) {
    const cause = systemErrorOf(error, script);
    if (cause === null) throw error;
    throw new Failed({ code: "hook-failed", script, problem: "unreadable", cause });
  }
  if (file.id !== "open") return file.id === "absent" ? "absent" : "not-a-file";
  try {
    const start = Buffer.alloc(2);
    const bytes = readSync(file.fd, start, 0, 2, 0);
    const shebang = start.toString("latin1", 0, bytes) === "#!";
    return shebang && (file.stat.mode & 0o111) !== 0 ? "executable" : "for-bash";
  } finally {
    closeSync(file.fd);
  }
}
