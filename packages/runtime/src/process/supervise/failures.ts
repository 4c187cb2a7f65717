import { PhaseFailure } from "../../base/failure.ts";
import type { NotStarted } from "../process-exit.ts";
import type { ProcessLog } from "../process-log.ts";
import { type Crash, describeCrash } from "./crash.ts";
import type { State } from "./state.ts";

/** How many lines of output a failure shows. */
const TAIL_LINES = 20;

/** The failure of a phase or request that needed a process that could not be started. */
export function notStartedFailure(id: string, command: string, exit: NotStarted): PhaseFailure {
  const message = `${id} could not be started: ${exit.message}`;
  if (!exit.programMissing) return new PhaseFailure({ code: "not-started", message });
  const hint = `install ${command}, or name it in the config`;
  return new PhaseFailure({ code: "not-installed", message, hint });
}

/** The failure of a phase that waited for a process that is down: why it is down, and its last lines. */
export function downFailure({ id, current, log }: Down): PhaseFailure {
  const outputTail = log.tail(TAIL_LINES).map(({ line }) => line);
  if (current.id === "failed") {
    const message = `${id} was given up: ${current.reason}`;
    return new PhaseFailure({ code: "process-exited", message, outputTail });
  }
  if (!("crash" in current)) {
    const message = `${id} is ${current.id} and will not be ready`;
    return new PhaseFailure({ code: "process-exited", message, outputTail });
  }
  const { crash } = current;
  const code = crash.id === "not-ready" ? "ready-timeout" : "process-exited";
  const message = `${id} ${describeCrash(crash)}${whenItWas(crash, current)}`;
  return new PhaseFailure({ code, message, outputTail });
}

function whenItWas(crash: Crash, { wasReady }: { readonly wasReady: boolean }): string {
  return crash.id === "exited" && !wasReady ? " before it was ready" : "";
}

interface Down {
  readonly id: string;
  readonly current: State;
  readonly log: ProcessLog;
}
