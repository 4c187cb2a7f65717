import { setTimeout as delay } from "node:timers/promises";
import { type HttpQuestion, http } from "./http.ts";
import { type LineMatch, matchingLine } from "./log-line.ts";
import { ProbeFailed, type ReadinessProbe, untilExit } from "./probe.ts";

export interface LogThenHttpOptions extends HttpQuestion {
  readonly host: string;
  readonly port: number;
  /** The port of a group named `url` must be the port that the process was told to listen on. */
  readonly pattern: RegExp;
  /** Milliseconds to wait for the line before HTTP is asked without it: a new version may print another line. */
  readonly patienceMs?: number;
}

/**
 * Waits for a log line, then for a 200. The line tells when to begin with requests: a request between the bound port and
 * the working handler is never answered, and each one costs the starting process CPU. When the line does not come, the
 * requests begin without it. When it comes after that, they begin anew.
 *
 * @throws ProbeFailed `wrong-port` when the line names another port. On our port there is then no program at all, or one
 *   that is not ours.
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
          // Requests from before the line may never be answered, and the next one could be due only after a long interval.
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
  // Text that is not a URL, or a URL without a port, is no evidence of another port.
  if (url === null || url.port === "" || Number(url.port) === expected) return;
  throw new ProbeFailed({ id: "wrong-port", expected, url: text });
}

function given({ match, url }: LineMatch): { match: readonly string[]; url?: string } {
  return { match, ...(url !== undefined && { url }) };
}
