import { statOf } from "./identity.ts";
import type { Wanted } from "./wanted.ts";

/** A file or folder of the image that is copied when the stage cannot be used (C6). */
export interface LegacySource {
  readonly from: string;
  /** Path in the target. */
  readonly to: string;
}

export function legacyWanted(sources: readonly LegacySource[]): Wanted[] {
  return sources.map(({ from, to }) => {
    const stat = statOf(from);
    return {
      path: to,
      source: stat === null ? null : from,
      kind: "tree",
      isolation: "private",
      type: stat?.isSymbolicLink() ? "link" : stat?.isDirectory() ? "folder" : "file",
      mode: null,
      bytes: 0,
      ofStage: null,
      closedGate: null,
    };
  });
}
