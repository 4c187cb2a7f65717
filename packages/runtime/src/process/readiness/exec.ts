import { setTimeout as delay } from "node:timers/promises";
import { NO_GRACE } from "../grace.ts";
import { runToEnd } from "../run.ts";
import { type ReadinessProbe, untilExit } from "./probe.ts";

export interface ExecProbeOptions {
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds for one run. */
  readonly attemptMs?: number;
}

/** A program costs far more than a request. */
const SPACING_MS = 100;

/** Ready when a command ends with exit code 0. One that hangs is ended, and tried again. */
export function exec({ command, cwd, env, attemptMs = 5_000 }: ExecProbeOptions): ReadinessProbe {
  const [program, ...args] = command;
  return {
    wait: (target, signal) =>
      untilExit(target, signal, async (stop) => {
        let notReadyMs = performance.now();
        for (let attempts = 1; ; attempts++) {
          stop.throwIfAborted();
          const startMs = performance.now();
          const result = await runToEnd({
            command: program,
            args,
            cwd,
            env,
            timeoutMs: attemptMs,
            signal: stop,
            grace: NO_GRACE,
            leftovers: "end",
          });
          if (result.id === "exited" && result.code === 0) {
            return { by: "exec", attempts, lagMs: performance.now() - notReadyMs };
          }
          notReadyMs = startMs;
          await delay(SPACING_MS, undefined, { signal: stop });
        }
      }),
  };
}
