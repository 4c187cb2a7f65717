import { Failed } from "../../base/failed.ts";
import type { NotStarted } from "../process-exit.ts";
import type { ProcessLog } from "../process-log.ts";
import { type Crash, problemOf } from "./crash.ts";
import type { State } from "./state.ts";

/** How many lines of output a failure shows. */
const TAIL_LINES = 20;

/** The failure of a phase or request that needed a process that could not be started. */
export function notStartedFailure(process: string, { start }: NotStarted): Failed {
  return start.why === "no-program"
    ? new Failed({ code: "not-installed", process, command: start.command })
    : new Failed({ code: "not-started", process, start });
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
  const problem = problemOf(crash);
  switch (problem.problem) {
    case "not-ready":
      return new Failed({ code: "ready-timeout", ...parts, timeoutMs: problem.timeoutMs });
    case "wrong-port":
    case "foreign-listener":
    case "unusable":
      return new Failed({ code, ...parts, ...problem });
    case "exited":
    case "signalled":
    case "not-started":
    case "stopped":
      return new Failed({ code, ...parts, ...problem, wasReady });
    default:
      return problem satisfies never;
  }
}

interface Down {
  readonly id: string;
  readonly current: State;
  readonly log: ProcessLog;
}
