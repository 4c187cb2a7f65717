import type { StagePool } from "../pool.ts";
import type { Fingerprint } from "./fingerprint-task.ts";
import * as tasks from "./tasks.ts";

/**
 * Takes the fingerprint of a set of files and folders (C4): small files by content, large files by size and time, links by
 * their target (not followed). Missing paths are left out.
 */
export async function fingerprint(options: {
  readonly pool: StagePool;
  readonly paths: readonly string[];
  readonly signal: AbortSignal;
}): Promise<Fingerprint> {
  const { pool, paths, signal } = options;
  return pool.runCancellable(tasks.fingerprint, { paths }, signal);
}

/** The paths that were added, removed or changed between two fingerprints, sorted. */
export function changedPaths(before: Fingerprint, after: Fingerprint): string[] {
  const paths = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...paths].filter((path) => before[path] !== after[path]).sort();
}
