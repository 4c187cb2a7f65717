import { messageOf } from "../../base/failed.ts";
import type { Timers } from "../../base/timers.ts";
import { type Listener, listenerOn } from "../listener.ts";
import { ProbeFailed, type ProbeResult } from "../readiness/probe.ts";
import type { RunningProcess } from "../spawn.ts";
import type { Crash } from "./crash.ts";
import type { ManagedProcessOptions } from "./options.ts";

export type ReadinessOutcome =
  | { readonly id: "ready"; readonly readiness: ProbeResult }
  | { readonly id: "crash"; readonly crash: Crash }
  | { readonly id: "exited" };

/**
 * Waits until a child is ready, has ended, or its time is over. It is ready when its probe succeeds and the child itself has
 * the port that it was given (C14). Never rejects.
 */
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
  const early = port === null ? null : new EarlyLook(port, child);
  try {
    const readiness = await probe.wait(child, timeout.signal);
    const listener = await early?.listener();
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
    early?.end();
  }
}

/**
 * Looks who listens on a port as soon as the child prints a line with it (`listening on http://127.0.0.1:4096`). Programs
 * bind before they say so, and answer later. So the probe's success need not wait for the look.
 */
class EarlyLook {
  readonly #port: number;
  readonly #child: RunningProcess;
  readonly #unsubscribe: () => void;
  #look: Promise<Listener> | null = null;

  constructor(port: number, child: RunningProcess) {
    this.#port = port;
    this.#child = child;
    this.#unsubscribe = child.onLine(({ line }) => {
      if (line.includes(`:${port}`)) this.#look ??= listenerOn(port, child);
    });
  }

  async listener(): Promise<Listener> {
    const early = await this.#look;
    // What was not the child's then may be now.
    return early?.id === "own" ? early : await listenerOn(this.#port, this.#child);
  }

  end(): void {
    this.#unsubscribe();
  }
}
