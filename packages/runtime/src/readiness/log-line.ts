import { type ProbeTarget, type ReadinessProbe, untilExit } from "./probe.ts";

/** Ready when a line of the process's output matches. An event, so there is no lag of ours. */
export function logLine(pattern: RegExp): ReadinessProbe {
  return {
    wait: (target, signal) =>
      untilExit(target, signal, async (stop) => {
        await matchingLine(target, pattern, stop);
        return { by: "log-line", attempts: 1, lagMs: 0 };
      }),
  };
}

/** The first line, past or to come, that matches. */
export function matchingLine(
  { log }: Pick<ProbeTarget, "log">,
  pattern: RegExp,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const past = log.entries().find(({ line }) => pattern.test(line));
    if (past !== undefined) {
      resolve(past.line);
      return;
    }
    const unsubscribe = log.subscribe(({ line }) => {
      if (!pattern.test(line)) return;
      done();
      resolve(line);
    });
    const onAbort = () => {
      done();
      reject(signal.reason);
    };
    const done = () => {
      unsubscribe();
      signal.removeEventListener("abort", onAbort);
    };
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
