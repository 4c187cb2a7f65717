import { statOf } from "./identity.ts";
import type { Wanted } from "./wanted.ts";

/** What an image without a usable stage has instead: scattered sources, copied (C6). */
export interface LegacySource {
  /** File or folder that the image carries. */
  readonly from: string;
  /** Where it goes in the target. */
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
