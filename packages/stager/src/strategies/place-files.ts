import { type CancelFlag, throwIfCancelled } from "../cancel.ts";
import { StageUnusable } from "../manifest.ts";
import { type PackedFiles, unpackFiles } from "../tree/packed.ts";
import { pathBelow } from "../tree/paths.ts";
import type { TreeFile } from "../tree/walk.ts";
import { fileStrategy } from "./choose.ts";
import { copy } from "./copy.ts";
import type { FileStrategy, FileStrategyName, PlaceOptions } from "./strategy.ts";

/** How to place the files of one entry. Their folders exist already. */
export interface PlaceWork {
  readonly source: string;
  readonly target: string;
  readonly strategy: FileStrategyName;
  /**
   * Whether they come from a stage. Then a file that cannot be read makes the stage unusable (C6). And copies get write
   * permission, because they are the user's, although the stage is read-only.
   */
  readonly ofStage: boolean;
  /** The mode of all files; null for their own. */
  readonly mode: number | null;
  /** The mode bits that the umask leaves for a new file. */
  readonly grantedMode: number;
}

/** How many files had to be copied, because the chosen strategy failed for them. */
export interface Placed {
  readonly fellBack: number;
  readonly why: string | null;
}

/** Errors of single files after a successful probe: an inode has too many links, a folder is another subvolume. */
const FALL_BACK_ON: ReadonlySet<string> = new Set(["EMLINK", "EXDEV", "ENOTSUP", "EOPNOTSUPP"]);

/** Places files one after the other, and looks at the cancel flag before each. */
export function placeFiles(work: PlaceWork, files: Iterable<TreeFile>, cancel: CancelFlag): Placed {
  const strategy = fileStrategy(work.strategy);
  const { ofStage, grantedMode } = work;
  const addedMode = ofStage ? 0o200 : 0;
  let fellBack = 0;
  let why: string | null = null;
  for (const file of files) {
    throwIfCancelled(cancel);
    const source = pathBelow(work.source, file.path);
    const target = pathBelow(work.target, file.path);
    try {
      const mode = work.mode ?? file.mode | addedMode;
      const { mtimeMs } = file;
      place(strategy, source, target, { mode, mtimeMs, grantedMode, cancel });
    } catch (error) {
      throw explain(error as NodeJS.ErrnoException, { source, target, ofStage });
    }
  }
  return { fellBack, why };

  function place(first: FileStrategy, source: string, target: string, options: PlaceOptions): void {
    try {
      first.place(source, target, options);
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      if (first === copy || !FALL_BACK_ON.has(code)) throw error;
      copy.place(source, target, options);
      fellBack += 1;
      why = code;
    }
  }
}

/** Errors that mean that the source is damaged or gone, and not that the target is full or read-only. */
const SOURCE_IS_BAD: ReadonlySet<string> = new Set(
  "ENOENT ENOTDIR EISDIR ELOOP EIO ESTALE".split(" "),
);

/** Adds the path to an error. Errors of file descriptors do not have one. */
function explain(
  error: NodeJS.ErrnoException,
  { source, target, ofStage }: { source: string; target: string; ofStage: boolean },
): Error {
  const { code = "", syscall } = error;
  if (syscall === undefined) return error;
  const path = error.path ?? (syscall === "read" ? source : target);
  if (ofStage && path === source && SOURCE_IS_BAD.has(code)) {
    return new StageUnusable(`it can no longer be read (${code})`, source);
  }
  if (error.path === undefined) {
    error.path = path;
    error.message += ` '${path}'`;
  }
  return error;
}

/** {@link placeFiles} as a task: one shard of an entry's files. */
export function placeTask(options: {
  readonly work: PlaceWork;
  readonly files: PackedFiles;
  readonly cancel: CancelFlag;
}): Placed {
  return placeFiles(options.work, unpackFiles(options.files), options.cancel);
}
