import { type CancelFlag, throwIfCancelled } from "../cancel.ts";
import { StageUnusable } from "../manifest.ts";
import { type PackedFiles, unpackFiles } from "../tree/packed.ts";
import { pathBelow } from "../tree/paths.ts";
import type { TreeFile } from "../tree/walk.ts";
import { fileStrategy } from "./choose.ts";
import { copy } from "./copy.ts";
import type { FileStrategy, FileStrategyName, PlaceOptions } from "./strategy.ts";

/** Files of one entry that are to be put below its place; their folders are there. */
export interface PlaceWork {
  readonly source: string;
  readonly target: string;
  readonly strategy: FileStrategyName;
  /**
   * Whether they are a stage's: then one that cannot be read makes the stage unusable (C6), and is no mere error; and a copy
   * may be written, though the stage is read-only, for it is the user's.
   */
  readonly ofStage: boolean;
  /** Mode of all its files, instead of their own. */
  readonly mode: number | null;
  /** Mode bits that a new file has when it is created with them. */
  readonly grantedMode: number;
}

/** How many files the chosen way could not place, so that they were copied. */
export interface Placed {
  readonly fellBack: number;
  readonly why: string | null;
}

/** What single files may meet though the probe's file did not: an inode has its last link, a folder is another subvolume. */
const FALL_BACK_ON: ReadonlySet<string> = new Set(["EMLINK", "EXDEV", "ENOTSUP", "EOPNOTSUPP"]);

/** Puts files in place, one after another, with a look at the cancel flag before each. */
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

/** What says that a source is damaged or gone, and not that the target is full or shut. */
const SOURCE_IS_BAD: ReadonlySet<string> = new Set(
  "ENOENT ENOTDIR EISDIR ELOOP EIO ESTALE".split(" "),
);

/** Says of which file an error is: one from a descriptor does not. */
function explain(
  error: NodeJS.ErrnoException,
  { source, target, ofStage }: { source: string; target: string; ofStage: boolean },
): Error {
  const { code = "", syscall } = error;
  if (syscall === undefined) return error;
  const path = error.path ?? (syscall === "read" ? source : target);
  if (ofStage && path === source && SOURCE_IS_BAD.has(code)) {
    return new StageUnusable(`it was there and cannot be read any more (${code})`, source);
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
