import { stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { type ReadinessProbe, untilExit } from "./probe.ts";

const SPACING_MS = 20;

/**
 * Ready when a file is there. Looked for, not watched: a watch on a folder that does not exist yet, or on some network
 * and overlay file systems, says nothing.
 */
export function file(path: string): ReadinessProbe {
  return {
    wait: (target, signal) =>
      untilExit(target, signal, async (stop) => {
        for (let attempts = 1; ; attempts++) {
          const there = await stat(path).then(
            () => true,
            () => false,
          );
          if (there) return { by: "file", attempts, lagMs: SPACING_MS };
          await delay(SPACING_MS, undefined, { signal: stop });
        }
      }),
  };
}
