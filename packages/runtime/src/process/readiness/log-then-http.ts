import { setTimeout as delay } from "node:timers/promises";
import { type HttpProbeOptions, http } from "./http.ts";
import { type LineMatch, matchingLine } from "./log-line.ts";
import { ProbeFailed, type ReadinessProbe, untilExit } from "./probe.ts";

export interface LogThenHttpOptions extends HttpProbeOptions {
  /** A group named `url` is compared with the port that the process was told to take. */
  readonly pattern: RegExp;
  /** Milliseconds without the line after which HTTP is asked all the same: the line may have been lost or renamed. */
  readonly patienceMs?: number;
}

/**
 * The log line says when to start asking, and a 200 has the last word: a request sent in the time between a bound port
 * and a working handler is never answered, and each one costs the starting process CPU (DESIGN fact 2). Without the
 * line, HTTP alone decides, until it comes: a late line is as good as an early one, and begins the asking anew.
 *
 * @throws ProbeFailed `wrong-port` when the line names another port: to go on would be to wait for nobody, or to take
 *   a stranger on our port for the process.
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
        const over = new AbortController();
        const either = AbortSignal.any([stop, over.signal]);
        const line = matchingLine(target, pattern, either);
        const alone = delay(patienceMs, undefined, { signal: either }).then(() =>
          probe.wait(target, either),
        );
        try {
          const first = await Promise.race([
            line.then((heard) => ({ heard })),
            alone.then((result) => ({ result })),
          ]);
          if ("result" in first) return first.result;
          const { heard } = first;
          // What was asked before the line may never be answered, and the next question may be a while away.
          over.abort();
          if (heard.url !== undefined) checkPort(heard.url, rest.port);
          const result = await probe.wait(target, stop);
          return { ...result, ...given(heard), by: "log-line, confirmed by http" };
        } finally {
          over.abort();
          await Promise.allSettled([line, alone]);
        }
      }),
  };
}

function checkPort(text: string, expected: number): void {
  const url = URL.canParse(text) ? new URL(text) : null;
  // What is no URL, or names no port, says nothing about ours.
  if (url === null || url.port === "" || Number(url.port) === expected) return;
  throw new ProbeFailed({ id: "wrong-port", expected, url: text });
}

function given({ match, url }: LineMatch): { match: readonly string[]; url?: string } {
  return { match, ...(url !== undefined && { url }) };
}
