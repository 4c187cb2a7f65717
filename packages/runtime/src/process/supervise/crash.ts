import type { ProcessProblem } from "../../base/failure.ts";
import { problemText } from "../../base/process-text.ts";
import type { PortHolder } from "../holder.ts";
import { endingOf, type ProcessExit } from "../process-exit.ts";
import type { ProbeFailure } from "../readiness/probe.ts";

/** Why a process that was not stopped does not do its work. */
export type Crash =
  | { readonly id: "exited"; readonly exit: ProcessExit }
  /** It lived, but did not become ready in time. */
  | { readonly id: "not-ready"; readonly timeoutMs: number }
  | Exclude<ProbeFailure, { id: "exited" }>
  /** Its port answers, but another process listens there (C14). */
  | { readonly id: "foreign-listener"; readonly port: number; readonly holder: PortHolder | null }
  /** Its probe succeeded, but a user of the process found that it does not work; or the probe itself failed. */
  | { readonly id: "unusable"; readonly reason: string };

/** The same as a failure has it. */
export function problemOf(crash: Crash): ProcessProblem {
  switch (crash.id) {
    case "exited":
      return endingOf(crash.exit);
    case "not-ready":
      return { problem: "not-ready", timeoutMs: crash.timeoutMs };
    case "wrong-port":
      return { problem: "wrong-port", url: crash.url, expectedPort: crash.expected };
    case "foreign-listener":
      return { problem: "foreign-listener", port: crash.port, holder: crash.holder };
    case "unusable":
      return { problem: "unusable", reason: crash.reason };
    default:
      return crash satisfies never;
  }
}

/** The predicate of a sentence that begins with the process's name. */
export function describeCrash(crash: Crash): string {
  return problemText(problemOf(crash));
}

export function endedWell(crash: Crash): boolean {
  return endedWith(crash, [0]);
}

/** Whether it exited with one of these codes. */
export function endedWith(crash: Crash, codes: readonly number[]): boolean {
  return crash.id === "exited" && crash.exit.id === "exited" && codes.includes(crash.exit.code);
}
