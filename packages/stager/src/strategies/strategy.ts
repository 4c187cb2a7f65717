import type { CancelFlag } from "../cancel.ts";

/** How files get from the stage into the target. `symlink` links a whole entry; the others place each file in it. */
export type StrategyName = "symlink" | FileStrategyName;
export type FileStrategyName = "reflink" | "hardlink" | "copy";

/**
 * One way to place a file of the stage in the target. A new strategy is a file in this folder, and a line in choose.ts.
 * Synchronous, because worker threads have nothing else to do.
 */
export interface FileStrategy {
  readonly name: FileStrategyName;
  /**
   * Places `source` at `target`, which does not exist yet. Leaves nothing there when it fails.
   *
   * @throws the file system's error when this strategy is not possible.
   */
  place(source: string, target: string, options: PlaceOptions): void;
}

export interface PlaceOptions {
  /** The mode of the new file. */
  readonly mode: number;
  readonly mtimeMs: number;
  /** The mode bits that the umask leaves for a new file (see `grantedMode`). Other bits need another system call. */
  readonly grantedMode: number;
  readonly cancel: CancelFlag;
}
