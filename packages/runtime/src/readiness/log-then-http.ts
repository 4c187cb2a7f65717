import { type HttpProbeOptions, http } from "./http.ts";
import { matchingLine } from "./log-line.ts";
import { type ReadinessProbe, untilExit } from "./probe.ts";

export interface LogThenHttpOptions extends HttpProbeOptions {
  readonly pattern: RegExp;
  /** Milliseconds without the line after which HTTP alone is asked: the line may have been lost or renamed. */
  readonly patienceMs?: number;
}

/**
 * The log line says when to start asking, and a 200 has the last word: a request sent in the time between a bound port
 * and a working handler is never answered, and each one costs the starting process CPU (DESIGN fact 2). Without the
 * line, HTTP alone decides.
 */
export function logThenHttp({
  pattern,
  patienceMs = 5_000,
  ...rest
}: LogThenHttpOptions): ReadinessProbe {
  const probe = http(rest);
  return {
    wait: (target, signal) =>
      untilExit(target, signal, async (stop) => {
        const patience = AbortSignal.timeout(patienceMs);
        const heard = await matchingLine(target, pattern, AbortSignal.any([stop, patience])).then(
          () => true,
          () => false,
        );
        stop.throwIfAborted();
        const result = await probe.wait(target, stop);
        return heard ? { ...result, by: "log-line, confirmed by http" } : { ...result, by: "http" };
      }),
  };
}
