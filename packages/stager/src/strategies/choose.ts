import { rmSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { createCancelFlag } from "../cancel.ts";
import type { StageEntry } from "../manifest.ts";
import { copy } from "./copy.ts";
import { hardlink } from "./hardlink.ts";
import { reflink } from "./reflink.ts";
import type { FileStrategy, FileStrategyName } from "./strategy.ts";

/** What is possible between the file system of a source and that of a target. */
export interface Capabilities {
  readonly reflink: boolean;
  readonly hardlink: boolean;
  /** Errors of the probe, for the result: `reflink: ENOTSUP`. */
  readonly why: string;
}

export interface Choice {
  readonly strategy: FileStrategyName;
  readonly reason: string;
}

/**
 * Finds out what is possible from one file system to another by trying it: places one file of the source in the target's
 * work folder, and removes it.
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
 * Chooses how the files of a tree are placed. Shared files may use the stage's own inodes, as long as nobody can write
 * through them. Private files get their own inodes, by the best possible way.
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
  // A hard link with another mode would change the mode of the stage's own file.
  if (!entry.keepsModes) return { strategy: "copy", reason: `a mode of its own; ${can.why}` };
  return { strategy: "hardlink", reason: `read-only, on the stage's file system; ${can.why}` };
}

/** `OVERLAYFS_SUPER_MAGIC` of linux/magic.h. */
const OVERLAY = 0x794c7630;

/**
 * An image's stage is in a lower layer of the overlay. To make a hard link, the overlay first copies the file into the upper
 * layer, and waits for the disk each time. Copying directly is much faster.
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
