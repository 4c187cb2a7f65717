import type { CancelFlag } from "../cancel.ts";

/** How a file gets from the stage to its place. A symlink is of a whole entry, the others are of each file in it. */
export type StrategyName = "symlink" | FileStrategyName;
export type FileStrategyName = "reflink" | "hardlink" | "copy";

/**
 * One way to put a file of the stage at its place in the target. A new one is a file in this folder, and a line in
 * choose.ts. They wait for the disk: worker threads have nothing else to do.
 */
export interface FileStrategy {
  readonly name: FileStrategyName;
  /**
   * Puts `source` at `target`, which does not exist. Leaves nothing there when it fails.
   *
   * @throws the file system's error when this way is not possible.
   */
  place(source: string, target: string, options: PlaceOptions): void;
}

export interface PlaceOptions {
  /** Mode and time that the file is to have. */
  readonly mode: number;
  readonly mtimeMs: number;
  /** Mode bits that a file may be created with and has then (grantedMode); others take a call more. */
  readonly grantedMode: number;
  readonly cancel: CancelFlag;
}
