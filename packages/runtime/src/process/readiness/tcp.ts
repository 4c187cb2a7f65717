import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { type ReadinessProbe, untilExit } from "./probe.ts";

const SPACING_MS = 10;

/** A full backlog leaves a connection attempt without an answer for a second; ours are shorter. */
const ATTEMPT_MS = 100;

/** Ready when a TCP connection is accepted: for programs that have nothing better to ask. */
export function tcp(host: string, port: number): ReadinessProbe {
  return {
    wait: (target, signal) =>
      untilExit(target, signal, async (stop) => {
        let notReadyMs = performance.now();
        for (let attempts = 1; ; attempts++) {
          stop.throwIfAborted();
          const startMs = performance.now();
          if (await connects(host, port, stop)) {
            return { by: "tcp", attempts, lagMs: performance.now() - notReadyMs };
          }
          notReadyMs = startMs;
          await delay(SPACING_MS, undefined, { signal: stop });
        }
      }),
  };
}

function connects(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (accepted: boolean) => {
      signal.removeEventListener("abort", onAbort);
      socket.destroy();
      resolve(accepted);
    };
    const onAbort = () => finish(false);
    socket.setTimeout(ATTEMPT_MS, () => finish(false));
    socket.once("connect", () => finish(true));
    // `on`: a socket that was destroyed may still have an error to tell.
    socket.on("error", () => finish(false));
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
