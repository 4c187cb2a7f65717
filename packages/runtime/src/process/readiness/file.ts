import { exists } from "../../base/exists.ts";
import { poll } from "./poll.ts";
import type { ReadinessProbe } from "./probe.ts";

const SPACING_MS = 20;

/**
 * Ready when a file exists. Polled, because a watch reports nothing for a folder that does not exist yet, nor on some
 * network and overlay file systems. A look every 20 ms costs no measurable CPU.
 */
export function file(path: string): ReadinessProbe {
  // A folder that may not be entered now may be opened up by its owner later.
  return poll({ by: "file", spacingMs: SPACING_MS }, () => exists(path).catch(() => false));
}
