import { connect, type NetConnectOpts } from "node:net";
import { poll } from "./poll.ts";
import type { ReadinessProbe } from "./probe.ts";

const SPACING_MS = 10;

/** The kernel leaves an attempt unanswered for a second when the backlog is full. Ours give up sooner and try again. */
const ATTEMPT_MS = 100;

/** Ready when a TCP connection is accepted. For programs that offer nothing better to ask. */
export function tcp(host: string, port: number): ReadinessProbe {
  return poll({ by: "tcp", spacingMs: SPACING_MS }, (signal) => connects({ host, port }, signal));
}

/** Ready when a unix socket accepts a connection. Its file may have been left by a program that has ended. */
export function socket(path: string): ReadinessProbe {
  return poll({ by: "socket", spacingMs: SPACING_MS }, (signal) => connects({ path }, signal));
}

function connects(address: NetConnectOpts, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const finish = (accepted: boolean) => {
      signal.removeEventListener("abort", onAbort);
      socket.destroy();
      resolve(accepted);
    };
    const onAbort = () => finish(false);
    socket.setTimeout(ATTEMPT_MS, () => finish(false));
    socket.once("connect", () => finish(true));
    // `on` and not `once`: a destroyed socket may still emit an error.
    socket.on("error", () => finish(false));
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
