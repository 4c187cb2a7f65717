import type { ProcessExit } from "../process-exit.ts";
import type { ProcessLog } from "../process-log.ts";

/** The process that a probe asks. */
export interface ProbeTarget {
  readonly log: ProcessLog;
  /** `seq` of the log's last line before the target's first. */
  readonly logStart: number;
  readonly exited: Promise<ProcessExit>;
}

/** How a probe found its target ready. */
export interface ProbeResult {
  /** The strategy that succeeded: `log-line`, `http`, … */
  readonly by: string;
  readonly attempts: number;
  /**
   * Upper bound, in milliseconds, on how late the probe noticed: the time since it last saw the target not ready, or since
   * it began. 0 when an event told it.
   */
  readonly lagMs: number;
  /** The match of the log line's pattern: the whole match, then the groups. */
  readonly match?: readonly string[];
  /** The URL on which the target says that it listens: the group `url` of the log line's pattern. */
  readonly url?: string;
}

/** One strategy to find out whether a process is ready. */
export interface ReadinessProbe {
  /**
   * Resolves when the target is ready. Has no time limit: the caller sets one by the signal.
   *
   * @throws {@link ProbeFailed} as soon as the target can no longer become ready; the signal's reason when it is aborted.
   */
  wait(target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult>;
}

/** Why a target will never be ready. */
export type ProbeFailure =
  | { readonly id: "exited"; readonly exit: ProcessExit }
  /** It says that it listens on another port than it was told to. */
  | { readonly id: "wrong-port"; readonly expected: number; readonly url: string };

/** The target will never be ready; the failure says why. */
export class ProbeFailed extends Error {
  readonly failure: ProbeFailure;

  constructor(failure: ProbeFailure) {
    super(`the process will not be ready: ${failure.id}`);
    this.name = "ProbeFailed";
    this.failure = failure;
  }
}

/**
 * Runs `wait`, and aborts it when the process ends. Every strategy uses this, so none has to handle the exit itself.
 * A process that has ended is not ready, whatever it printed before.
 *
 * @param wait - Must settle when its signal is aborted, with any error.
 */
export async function untilExit<T>(
  target: Pick<ProbeTarget, "exited">,
  signal: AbortSignal,
  wait: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const ended = new AbortController();
  void target.exited.then((exit) => ended.abort(new ProbeFailed({ id: "exited", exit })));
  // When the process has ended already, the callback above runs in this turn, before `wait` begins.
  await Promise.resolve();
  ended.signal.throwIfAborted();
  try {
    return await wait(AbortSignal.any([signal, ended.signal]));
  } catch (error) {
    signal.throwIfAborted();
    ended.signal.throwIfAborted();
    throw error;
  }
}
