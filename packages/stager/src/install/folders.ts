import { type FilesResult, type InstallOptions, installFiles } from "./install.ts";
import type { Wanted } from "./wanted.ts";

/** A folder that is to stand in a target with files of its own. */
export interface FolderCopy {
  /** Where, relative to the target. */
  readonly path: string;
  /** Its original: a folder, and no link to one. */
  readonly source: string;
}

/**
 * Gives a target copies of whole folders: nobody who writes into a copy reaches its original. By reflink where the file
 * systems can, else byte by byte on all threads; all or nothing, under the lock and journal of an install.
 *
 * @throws the signal's reason when it aborts (the target is then as it was); what the file system says.
 */
export function copyFolders(
  options: Pick<InstallOptions, "pool" | "targetDir" | "signal"> & {
    readonly folders: readonly FolderCopy[];
  },
): Promise<FilesResult> {
  const { folders, ...common } = options;
  return installFiles({ ...common, wanted: folders.map(wantedOf) });
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
