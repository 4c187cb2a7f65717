import { downFailure } from "../process/supervise/failures.ts";
import type { ManagedProcess } from "../process/supervise/managed-process.ts";
import type { StopRequest } from "./stop.ts";

/**
 * Ends the sandbox, as failed, when a process is down for good and the configuration says that nobody can use the sandbox
 * without it.
 */
export function endWhenGivenUp(process: ManagedProcess, ends: () => boolean, stop: StopRequest) {
  process.subscribe(() => {
    const { current } = process;
    const isDown = current.id === "failed" || (current.id === "crashed" && !current.answered);
    if (isDown && ends()) stop.askForLoss(process.id, downFailure(process).value);
  });
}
