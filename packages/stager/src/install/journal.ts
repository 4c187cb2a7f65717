import { mkdir, readFile, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { identityOf } from "./identity.ts";
import type { TargetLayout } from "./layout.ts";
import { type Marker, writeWhole } from "./marker.ts";

/** One thing to do to the target. */
export type Operation =
  /** Puts what was built as `new/<part>` at `path`; what stood there goes to `old/<part>`, or is kept as replaced. */
  | {
      readonly id: "place";
      readonly path: string;
      readonly part: string;
      readonly keepOld: boolean;
    }
  /** Takes away what we put there, if it is still what we put there. */
  | {
      readonly id: "remove";
      readonly path: string;
      readonly part: string;
      readonly identity: string;
    };

/**
 * A decided change. Writing it is the moment of decision: before, a killed install leaves the target as it was; after,
 * whoever comes next brings it to its end. Every step may be done twice.
 */
export interface Journal {
  readonly operations: readonly Operation[];
  /** What is installed in the end; null when nothing is any more. */
  readonly marker: Marker | null;
  /** Folders that may be empty now, deepest first. */
  readonly folders: readonly string[];
}

/** Decides a change and carries it out. */
export async function commit(journal: Journal, layout: TargetLayout): Promise<void> {
  await writeWhole(layout.journal, JSON.stringify(journal));
  await carryOut(journal, layout);
}

/**
 * Finishes what a killed install had decided, and clears away what it had only begun.
 *
 * @returns Whether there was a decided change to finish.
 */
export async function recover(layout: TargetLayout): Promise<boolean> {
  let text: string | null = null;
  try {
    text = await readFile(layout.journal, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  if (text !== null) {
    await carryOut(JSON.parse(text) as Journal, layout);
    return true;
  }
  await clearWork(layout);
  return false;
}

async function carryOut(journal: Journal, layout: TargetLayout): Promise<void> {
  await mkdir(layout.old, { recursive: true });
  for (const operation of journal.operations) {
    if (operation.id === "place") await place(operation, layout);
    else await remove(operation, layout);
  }
  for (const folder of journal.folders) await removeIfEmpty(join(layout.target, folder));
  if (journal.marker === null) await rm(layout.marker, { force: true });
  else await writeWhole(layout.marker, JSON.stringify(journal.marker));
  await rm(layout.journal);
  await clearWork(layout);
  if (journal.marker === null) await removeIfEmpty(layout.root);
}

async function place(operation: Operation & { id: "place" }, layout: TargetLayout): Promise<void> {
  const fresh = join(layout.fresh, operation.part);
  // Gone means: an earlier try has put it in place already.
  if ((await identityOf(fresh)) === null) return;
  const target = join(layout.target, operation.path);
  await mkdir(dirname(target), { recursive: true });
  if ((await identityOf(target)) !== null) {
    const away = operation.keepOld
      ? join(layout.replaced, operation.path)
      : join(layout.old, operation.part);
    await mkdir(dirname(away), { recursive: true });
    await rm(away, { recursive: true, force: true });
    await rename(target, away);
  }
  await rename(fresh, target);
}

async function remove(
  operation: Operation & { id: "remove" },
  layout: TargetLayout,
): Promise<void> {
  const target = join(layout.target, operation.path);
  if ((await identityOf(target)) !== operation.identity) return;
  await rename(target, join(layout.old, operation.part));
}

async function clearWork(layout: TargetLayout): Promise<void> {
  await Promise.all(
    [layout.fresh, layout.old, `${layout.journal}.part`, `${layout.marker}.part`].map((path) =>
      rm(path, { recursive: true, force: true }),
    ),
  );
}

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOTEMPTY" && code !== "ENOENT" && code !== "EEXIST" && code !== "ENOTDIR")
      throw error;
  }
}
