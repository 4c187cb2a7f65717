import type { ProcessExit } from "../process-exit.ts";
import type { ProcessLog } from "../process-log.ts";

/** What a probe may look at. */
export interface ProbeTarget {
  readonly log: ProcessLog;
  /** Number of the log's last line before the target's first. */
  readonly logStart: number;
  readonly exited: Promise<ProcessExit>;
}

/** How readiness was learnt. */
export interface ProbeResult {
  /** The strategy that had the last word: `log-line`, `http`, … */
  readonly by: string;
  readonly attempts: number;
  /**
   * Milliseconds by which the notice can be late, as far as the strategy can prove it: the time since it last saw the
   * target not ready, or since it was asked. 0 when it was told by an event.
   */
  readonly lagMs: number;
  /** What the log line's pattern matched, whole match first. */
  readonly match?: readonly string[];
  /** Where the target says that it listens: the group `url` of the log line's pattern. */
  readonly url?: string;
}

/** One idea of readiness. */
export interface ReadinessProbe {
  /**
   * Resolves when the target is ready. Never gives up by itself: how long to wait is the caller's to say.
   *
   * @throws {@link ProbeFailed} as soon as the target cannot become ready any more; the signal's reason when it is aborted.
   */
  wait(target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult>;
}

/** Why a target will never be ready. */
export type ProbeFailure =
  /** It ended. */
  | { readonly id: "exited"; readonly exit: ProcessExit }
  /** It says itself that it listens elsewhere than it was told to. */
  | { readonly id: "wrong-port"; readonly expected: number; readonly url: string };

/** Waiting on has no sense; the failure says why. */
export class ProbeFailed extends Error {
  readonly failure: ProbeFailure;

  constructor(failure: ProbeFailure) {
    super(`the process will not be ready: ${failure.id}`);
    this.name = "ProbeFailed";
    this.failure = failure;
  }
}

/**
 * Runs `wait` and ends it when the process ends, so that no strategy has to think of it.
 * A process that has ended already is not ready, whatever it printed before.
 *
 * @param wait - Must settle when its signal is aborted, with whatever error.
 */
export async function untilExit<T>(
  target: Pick<ProbeTarget, "exited">,
  signal: AbortSignal,
  wait: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const ended = new AbortController();
  void target.exited.then((exit) => ended.abort(new ProbeFailed({ id: "exited", exit })));
  // An exit that lies behind us has its turn before anything else.
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
