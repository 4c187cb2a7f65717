import { type FilesResult, type InstallOptions, installFiles } from "./install.ts";
import { type LegacySource, legacyWanted } from "./legacy.ts";
import type { Wanted } from "./wanted.ts";

/** A folder that is copied into a target. */
export interface FolderCopy {
  /** Path relative to the target. */
  readonly path: string;
  /** The original: a folder, and not a link to one. */
  readonly source: string;
}

/**
 * Copies whole folders into a target, so that writing into a copy does not change the original. Uses reflinks where the
 * file systems support them, else copies with all threads. All or nothing, with the lock and journal of an install.
 *
 * @throws the signal's reason when it is aborted (the target is then unchanged); errors of the file system.
 */
export function copyFolders(
  options: Pick<InstallOptions, "pool" | "targetDir" | "signal"> & {
    readonly folders: readonly FolderCopy[];
  },
): Promise<FilesResult> {
  const { folders, ...common } = options;
  return installFiles({ ...common, wanted: folders.map(wantedOf) });
}

/** As {@link copyFolders}, for files and folders alike. What an earlier call copied and nobody changed is replaced. */
export function copyPaths(
  options: Pick<InstallOptions, "pool" | "targetDir" | "signal"> & {
    readonly sources: readonly LegacySource[];
  },
): Promise<FilesResult> {
  const { sources, ...common } = options;
  return installFiles({ ...common, wanted: legacyWanted(sources) });
}

function wantedOf({ path, source }: FolderCopy): Wanted {
  return {
    path,
    source,
    kind: "tree",
    isolation: "private",
    type: "folder",
    mode: null,
    bytes: 0,
    ofStage: null,
    closedGate: null,
  };
}
