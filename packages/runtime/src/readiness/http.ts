import { setTimeout as delay } from "node:timers/promises";
import { request } from "../node-http.ts";
import { type ReadinessProbe, untilExit } from "./probe.ts";

export interface HttpProbeOptions {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** Milliseconds until an unanswered request is given up: it was swallowed and will never be answered (DESIGN fact 2). */
  readonly attemptMs?: number;
}

/** Between attempts that failed at once (nobody listens yet): enough not to spin, too little to be late. */
const SPACING_MS = 5;

/** Ready when a GET is answered with 200. Each attempt is short, and the next follows at once. */
export function http(options: HttpProbeOptions): ReadinessProbe {
  const attemptMs = options.attemptMs ?? 50;
  return {
    wait: (target, signal) =>
      untilExit(target, signal, async (stop) => {
        for (let attempts = 1; ; attempts++) {
          stop.throwIfAborted();
          const status = await getStatus(options, attemptMs, stop);
          if (status === 200) return { by: "http", attempts, lagMs: attemptMs + SPACING_MS };
          await delay(SPACING_MS, undefined, { signal: stop });
        }
      }),
  };
}

/** The status of one GET, or null when there was no answer in time. */
function getStatus(
  { host, port, path }: HttpProbeOptions,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<number | null> {
  return new Promise((resolve) => {
    const outgoing = request({ host, port, path, agent: false }, (incoming) => {
      incoming.resume();
      finish(incoming.statusCode ?? null);
    });
    const finish = (status: number | null) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      outgoing.destroy();
      resolve(status);
    };
    const onAbort = () => finish(null);
    const timer = setTimeout(() => finish(null), timeoutMs);
    outgoing.on("error", () => finish(null));
    signal.addEventListener("abort", onAbort, { once: true });
    outgoing.end();
  });
}
