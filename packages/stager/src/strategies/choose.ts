import { rmSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { createCancelFlag } from "../cancel.ts";
import type { StageEntry } from "../manifest.ts";
import { copy } from "./copy.ts";
import { hardlink } from "./hardlink.ts";
import { reflink } from "./reflink.ts";
import type { FileStrategy, FileStrategyName } from "./strategy.ts";

/** What works between the file system of a source and that of a target. */
export interface Capabilities {
  readonly reflink: boolean;
  readonly hardlink: boolean;
  /** What the probe met, for the result: `reflink: ENOTSUP`. */
  readonly why: string;
}

export interface Choice {
  readonly strategy: FileStrategyName;
  readonly reason: string;
}

/**
 * Finds out by doing what is possible from one file system to another: one file of the source, put into the target's
 * work folder and taken away again.
 *
 * @param sample - A file of the source.
 * @param workDir - A folder on the target's file system.
 */
export function probe(sample: string, workDir: string): Capabilities {
  const reflinks = attempt(reflink, sample, workDir);
  const hardlinks = isOverlay(workDir) ? ON_OVERLAY : attempt(hardlink, sample, workDir);
  const why = [
    ...(reflinks === null ? [] : [`reflink: ${reflinks}`]),
    ...(hardlinks === null ? [] : [`hardlink: ${hardlinks}`]),
  ].join(", ");
  return { reflink: reflinks === null, hardlink: hardlinks === null, why };
}

/**
 * How the files of a tree get to their place: the best way that gives the agent inodes of its own, or the stage's own
 * inodes when it may share them and nobody can write through them.
 */
export function choose(
  entry: { readonly isolation: StageEntry["isolation"]; readonly keepsModes: boolean },
  can: Capabilities,
): Choice {
  if (can.reflink) {
    return { strategy: "reflink", reason: "the file system shares blocks until they are written" };
  }
  if (!can.hardlink) return { strategy: "copy", reason: can.why };
  if (entry.isolation === "private") {
    return { strategy: "copy", reason: `private; ${can.why}` };
  }
  // Another mode would be another mode of the stage's own file.
  if (!entry.keepsModes) return { strategy: "copy", reason: `a mode of its own; ${can.why}` };
  return { strategy: "hardlink", reason: `read-only, on the stage's file system; ${can.why}` };
}

/** `OVERLAYFS_SUPER_MAGIC` of linux/magic.h. */
const OVERLAY = 0x794c7630;

/**
 * What is linked from a lower layer, and that is where an image's stage is, is first copied into the upper one and waits
 * for the disk with each file: a copy is what there would be in any case, and much faster.
 *
 * @see https://docs.kernel.org/filesystems/overlayfs.html#non-directories
 */
const ON_OVERLAY = "an overlay copies first";

function isOverlay(folder: string): boolean {
  return statfsSync(folder).type === OVERLAY;
}

function attempt(strategy: FileStrategy, sample: string, workDir: string): string | null {
  const target = join(workDir, `probe-${strategy.name}`);
  try {
    rmSync(target, { force: true });
    const { mode, mtimeMs } = statSync(sample);
    const cancel = createCancelFlag();
    strategy.place(sample, target, { mode, mtimeMs, grantedMode: 0, cancel });
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "failed";
  } finally {
    rmSync(target, { force: true });
  }
}

const strategies: Readonly<Record<FileStrategyName, FileStrategy>> = { reflink, hardlink, copy };

export function fileStrategy(name: FileStrategyName): FileStrategy {
  return strategies[name];
}
