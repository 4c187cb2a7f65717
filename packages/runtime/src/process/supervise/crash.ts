import { describeExit, type ProcessExit } from "../process-exit.ts";
import type { ProbeFailure } from "../readiness/probe.ts";

/** Why a process that was not stopped does not do its work. */
export type Crash =
  | { readonly id: "exited"; readonly exit: ProcessExit }
  /** It lived, but did not become ready in time. */
  | { readonly id: "not-ready"; readonly timeoutMs: number }
  | Exclude<ProbeFailure, { id: "exited" }>
  /** Its probe succeeded, but a user of the process found that it does not work; or the probe itself failed. */
  | { readonly id: "unusable"; readonly reason: string };

/** The predicate of a sentence that begins with the process's name. */
export function describeCrash(crash: Crash): string {
  switch (crash.id) {
    case "exited":
      return describeExit(crash.exit);
    case "not-ready":
      return `was not ready within ${crash.timeoutMs / 1000} s`;
    case "wrong-port":
      return `listens on ${crash.url} and not on port ${crash.expected}`;
    case "unusable":
      return crash.reason;
    default:
      return crash satisfies never;
  }
}

export function endedWell(crash: Crash): boolean {
  return crash.id === "exited" && crash.exit.id === "exited" && crash.exit.code === 0;
}
