import { stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { type ReadinessProbe, untilExit } from "./probe.ts";

const SPACING_MS = 20;

/**
 * Ready when a file is there. Looked for, not watched: a watch on a folder that does not exist yet, or on some network
 * and overlay file systems, says nothing, and a look every 20 ms costs no measurable CPU.
 */
export function file(path: string): ReadinessProbe {
  return {
    wait: (target, signal) =>
      untilExit(target, signal, async (stop) => {
        let notReadyMs = performance.now();
        for (let attempts = 1; ; attempts++) {
          stop.throwIfAborted();
          const startMs = performance.now();
          if (await isThere(path)) {
            return { by: "file", attempts, lagMs: performance.now() - notReadyMs };
          }
          notReadyMs = startMs;
          await delay(SPACING_MS, undefined, { signal: stop });
        }
      }),
  };
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
