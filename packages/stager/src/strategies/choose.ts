import { randomUUID } from "node:crypto";
import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { createCancelFlag } from "../cancel.ts";
import type { StageEntry } from "../manifest.ts";
import { copy } from "./copy.ts";
import { hardlink } from "./hardlink.ts";
import { reflink } from "./reflink.ts";
import type { FileStrategy, StrategyName } from "./strategy.ts";

/** What works between the file system of a stage and that of a target. */
export interface Capabilities {
  readonly reflink: boolean;
  readonly hardlink: boolean;
  /** What the probe met, for the result: `reflink: ENOTSUP`. */
  readonly why: string;
}

export interface Choice {
  readonly strategy: StrategyName;
  readonly reason: string;
}

/**
 * Finds out by doing what is possible from one file system to another: one file of the stage, put into the target's
 * work folder and taken away again. Once per install: both folders are on one file system each.
 *
 * @param sample - A file of the stage.
 * @param workDir - A folder on the target's file system.
 */
export async function probe(sample: string, workDir: string): Promise<Capabilities> {
  await mkdir(workDir, { recursive: true });
  const [reflinks, hardlinks] = [
    await attempt(reflink, sample, workDir),
    await attempt(hardlink, sample, workDir),
  ];
  const why = [
    ...(reflinks === null ? [] : [`reflink: ${reflinks}`]),
    ...(hardlinks === null ? [] : [`hardlink: ${hardlinks}`]),
  ].join(", ");
  return { reflink: reflinks === null, hardlink: hardlinks === null, why };
}

/**
 * How the files of an entry get to their place. A link where it may be shared; else the best that gives the agent
 * inodes of its own: reflink, hardlink when nobody can write through it, copy.
 */
export function choose(
  entry: Pick<StageEntry, "kind" | "isolation" | "mode">,
  can: Capabilities,
): Choice {
  if (entry.kind === "link" && entry.isolation === "shared") {
    return { strategy: "symlink", reason: "shared with the stage" };
  }
  if (can.reflink)
    return { strategy: "reflink", reason: "the file system shares blocks until they are written" };
  if (entry.kind === "tree" && entry.isolation === "shared" && can.hardlink) {
    return { strategy: "hardlink", reason: "read-only, on the stage's file system" };
  }
  return { strategy: "copy", reason: can.why === "" ? "private" : can.why };
}

async function attempt(
  strategy: FileStrategy,
  sample: string,
  workDir: string,
): Promise<string | null> {
  const target = join(workDir, `probe-${randomUUID()}`);
  try {
    const { size } = await stat(sample);
    await strategy.place(sample, target, { bytes: size, cancel: createCancelFlag() });
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "failed";
  } finally {
    await rm(target, { force: true });
  }
}

const strategies: Readonly<Record<StrategyName, FileStrategy | undefined>> = {
  // A symlink is of the whole entry, never of a file in a tree.
  symlink: undefined,
  reflink,
  hardlink,
  copy,
};

/** The strategy for single files by its name; `copy` for one that has none. */
export function fileStrategy(name: StrategyName): FileStrategy {
  return strategies[name] ?? copy;
}
