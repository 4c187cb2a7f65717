import { NO_GRACE } from "../grace.ts";
import { runToEnd } from "../run.ts";
import { poll } from "./poll.ts";
import type { ReadinessProbe } from "./probe.ts";

export interface ExecProbeOptions {
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds that one run may take. */
  readonly attemptMs?: number;
}

/** Longer than between requests, because starting a program costs far more CPU. */
const SPACING_MS = 100;

/** Ready when a command ends with exit code 0. A run that hangs is ended, and the command is run again. */
export function exec({ command, cwd, env, attemptMs = 5_000 }: ExecProbeOptions): ReadinessProbe {
  const [program, ...args] = command;
  return poll({ by: "exec", spacingMs: SPACING_MS }, async (signal) => {
    const result = await runToEnd({
      command: program,
      args,
      cwd,
      env,
      timeoutMs: attemptMs,
      signal,
      grace: NO_GRACE,
      leftovers: "end",
    });
    return result.id === "exited" && result.code === 0;
  });
}
