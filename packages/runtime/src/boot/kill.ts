import { setTimeout as delay } from "node:timers/promises";
import { NO_GRACE } from "../process/grace.ts";
import type { ProcessMark } from "../process/process-mark.ts";
import { terminateMarked } from "../process/terminate.ts";
import type { StopRequest } from "./stop.ts";

/** What SIGKILL has not ended by then is stuck in the kernel; a container's end will be the end of it. */
const KILL_MS = 2_000;

/**
 * Whoever asks for the third time wants out, whatever is under way: all that was ever started is killed, and we go.
 *
 * @returns The call that ends the watch.
 */
export function killOnThirdRequest(
  { kill }: StopRequest,
  mark: ProcessMark,
  exitNow: () => void,
): () => void {
  const onKill = () => {
    const killed = terminateMarked(mark, NO_GRACE).catch(() => {});
    void Promise.race([killed, delay(KILL_MS)]).then(exitNow);
  };
  kill.addEventListener("abort", onKill, { once: true });
  return () => kill.removeEventListener("abort", onKill);
}
