import { messageOf } from "../../base/failed.ts";
import type { Timers } from "../../base/timers.ts";
import { listenerOn } from "../listener.ts";
import { ProbeFailed, type ProbeResult } from "../readiness/probe.ts";
import type { RunningProcess } from "../spawn.ts";
import type { Crash } from "./crash.ts";
import type { ManagedProcessOptions } from "./options.ts";

export type ReadinessOutcome =
  | { readonly id: "ready"; readonly readiness: ProbeResult }
  | { readonly id: "crash"; readonly crash: Crash }
  | { readonly id: "exited" };

/** Waits until a child is ready, has ended, or its time is over. Never rejects. */
export async function readinessOf(
  child: RunningProcess,
  {
    probe,
    readyTimeoutMs: timeoutMs,
    port,
  }: Pick<ManagedProcessOptions, "probe" | "readyTimeoutMs" | "port">,
  timers: Timers,
): Promise<ReadinessOutcome> {
  const timeout = new AbortController();
  const cancel = timers.after(timeoutMs, () => timeout.abort());
  try {
    const readiness = await probe.wait(child, timeout.signal);
    const listener = port === null ? null : await listenerOn(port, child);
    if (child.exit !== undefined) return { id: "exited" };
    if (port !== null && listener?.id === "foreign") {
      return { id: "crash", crash: { id: "foreign-listener", port, holder: listener.holder } };
    }
    return { id: "ready", readiness };
  } catch (error) {
    if (timeout.signal.aborted) return { id: "crash", crash: { id: "not-ready", timeoutMs } };
    if (!(error instanceof ProbeFailed)) {
      const reason = `could not be probed: ${messageOf(error)}`;
      return { id: "crash", crash: { id: "unusable", reason } };
    }
    const { failure } = error;
    return failure.id === "exited" ? { id: "exited" } : { id: "crash", crash: failure };
  } finally {
    cancel();
  }
}
