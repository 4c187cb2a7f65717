import type { ProcessLog } from "../process/process-log.ts";
import type { ProcessExit } from "../process/spawn.ts";

/** What a probe may look at. */
export interface ProbeTarget {
  readonly log: ProcessLog;
  readonly exited: Promise<ProcessExit>;
}

/** How readiness was learnt. */
export interface ProbeResult {
  /** The strategy that had the last word: `log-line`, `http`, … */
  readonly by: string;
  readonly attempts: number;
  /** Milliseconds by which the notice can be late, as far as the strategy can prove it. */
  readonly lagMs: number;
}

/** One idea of readiness. */
export interface ReadinessProbe {
  /**
   * Resolves when the target is ready. Never gives up by itself.
   *
   * @throws {@link ProbeFailed} as soon as the process has ended; the signal's reason when it is aborted.
   */
  wait(target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult>;
}

/** The process ended before it was ready. */
export class ProbeFailed extends Error {
  readonly exit: ProcessExit;

  constructor(exit: ProcessExit) {
    super("the process ended before it was ready");
    this.name = "ProbeFailed";
    this.exit = exit;
  }
}

/**
 * Runs `wait` and ends it when the process ends, so that no strategy has to think of it.
 * Whatever happens first, the other is stopped and awaited.
 */
export async function untilExit<T>(
  target: ProbeTarget,
  signal: AbortSignal,
  wait: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const ended = new AbortController();
  const race = { settled: false };
  const exit = target.exited.then((value) => {
    if (!race.settled) ended.abort(new ProbeFailed(value));
  });
  try {
    return await wait(AbortSignal.any([signal, ended.signal]));
  } catch (error) {
    signal.throwIfAborted();
    throw ended.signal.aborted ? ended.signal.reason : error;
  } finally {
    race.settled = true;
    void exit;
  }
}
