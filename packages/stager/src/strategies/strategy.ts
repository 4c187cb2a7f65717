import type { CancelFlag } from "../cancel.ts";

export type StrategyName = "symlink" | "reflink" | "hardlink" | "copy";

/** One way to put a file of the stage at its place in the target. A new one is a file in this folder and a line in index.ts. */
export interface FileStrategy {
  readonly name: StrategyName;
  /**
   * Puts `source` at `target`, which does not exist. Fails with the file system's error when this way is not possible.
   */
  place(source: string, target: string, options: PlaceOptions): Promise<void>;
}

export interface PlaceOptions {
  readonly bytes: number;
  readonly cancel: CancelFlag;
}
