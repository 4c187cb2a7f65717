import { Failed } from "../../base/failed.ts";
import { endingOf, type NotStarted } from "../process-exit.ts";
import type { ProcessLog } from "../process-log.ts";
import type { Crash } from "./crash.ts";
import type { State } from "./state.ts";

/** How many lines of output a failure shows. */
const TAIL_LINES = 20;

/** The failure of a phase or request that needed a process that could not be started. */
export function notStartedFailure(process: string, command: string, exit: NotStarted): Failed {
  const reason = exit.message;
  return exit.programMissing
    ? new Failed({ code: "not-installed", process, command, reason })
    : new Failed({ code: "not-started", process, reason });
}

/** The failure of a phase that waited for a process that is down: why it is down, and its last lines. */
export function downFailure({ id: process, current, log }: Down): Failed {
  const code = "process-exited";
  const outputTail = log.tail(TAIL_LINES).map(({ line }) => line);
  if (current.id === "failed") {
    const { reason } = current;
    return new Failed({ code, process, problem: "given-up", reason, outputTail });
  }
  if (!("crash" in current)) {
    return new Failed({ code, process, problem: "down", status: current.id, outputTail });
  }
  const { crash, wasReady } = current;
  return crashFailure(crash, { process, wasReady, outputTail });
}

function crashFailure(
  crash: Crash,
  {
    wasReady,
    ...parts
  }: { readonly process: string; readonly wasReady: boolean; readonly outputTail: string[] },
): Failed {
  const code = "process-exited";
  switch (crash.id) {
    case "exited":
      return new Failed({ code, ...parts, ...endingOf(crash.exit), wasReady });
    case "not-ready":
      return new Failed({ code: "ready-timeout", ...parts, timeoutMs: crash.timeoutMs });
    case "wrong-port": {
      const { url, expected: expectedPort } = crash;
      return new Failed({ code, ...parts, problem: "wrong-port", url, expectedPort });
    }
    case "unusable":
      return new Failed({ code, ...parts, problem: "unusable", reason: crash.reason });
    default:
      return crash satisfies never;
  }
}

interface Down {
  readonly id: string;
  readonly current: State;
  readonly log: ProcessLog;
}
