import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { type ReadinessProbe, untilExit } from "./probe.ts";

const SPACING_MS = 10;

/** Ready when a TCP connection is accepted: for programs that have nothing better to ask. */
export function tcp(host: string, port: number): ReadinessProbe {
  return {
    wait: (target, signal) =>
      untilExit(target, signal, async (stop) => {
        for (let attempts = 1; ; attempts++) {
          if (await connects(host, port)) return { by: "tcp", attempts, lagMs: SPACING_MS };
          await delay(SPACING_MS, undefined, { signal: stop });
        }
      }),
  };
}

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
