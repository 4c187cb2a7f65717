import { withoutSequences } from "../../protocol/derive/printable.ts";
import { type ProbeTarget, type ReadinessProbe, untilExit } from "./probe.ts";

/**
 * Ready when a line of the process's output matches. Lines that are already in the log count, too. There is no lag,
 * because the line itself is the event.
 *
 * @param pattern - Tried on each line, without colours. A group named `url` becomes the result's `url`.
 */
export function logLine(pattern: RegExp): ReadinessProbe {
  return {
    wait: (target, signal) =>
      untilExit(target, signal, async (stop) => {
        const { match, url } = await matchingLine(target, pattern, stop);
        return { by: "log-line", attempts: 1, lagMs: 0, match, ...(url !== undefined && { url }) };
      }),
  };
}

export interface LineMatch {
  /** The whole match, then the groups; a group that did not match is empty. */
  readonly match: readonly string[];
  /** The text of the group `url`. */
  readonly url: string | undefined;
}

/** Waits for the first line that matches; it may be in the log already. */
export function matchingLine(
  { log, logStart }: Pick<ProbeTarget, "log" | "logStart">,
  pattern: RegExp,
  signal: AbortSignal,
): Promise<LineMatch> {
  // A pattern with `g` or `y` would begin each search where its last match ended, and miss lines.
  const stateless = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ""));
  return new Promise((resolve, reject) => {
    const done = () => {
      unsubscribe();
      signal.removeEventListener("abort", onAbort);
    };
    const onAbort = () => {
      done();
      reject(signal.reason);
    };
    const tryLine = (line: string): boolean => {
      const match = stateless.exec(withoutSequences(line));
      if (match === null) return false;
      done();
      resolve({ match: [...match].map((group) => group ?? ""), url: match.groups?.["url"] });
      return true;
    };
    const unsubscribe = log.subscribe(({ line }) => tryLine(line));
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    else log.entries({ afterSeq: logStart }).some(({ line }) => tryLine(line));
  });
}
