import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { randomId } from "./random.ts";

/** Making takes seconds: what is unfinished and older (in milliseconds) was left by a killed process. */
const ABANDONED_MS = 600_000;

/** Of {@link unfinishedName}. */
const UNFINISHED = /\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.new$/;

/** The name of a file or folder while it is being made, beside its place. It is renamed when it is whole. */
export function unfinishedName(path: string): string {
  return `${path}.${randomId()}.new`;
}

/**
 * Removes what killed processes have left unfinished in a folder: each of them may have left one.
 *
 * @param name - Only of this file or folder; default: of all.
 */
export async function removeAbandoned(folder: string, name?: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const found of names) {
    const made = found.replace(UNFINISHED, "");
    if (made === found || (name !== undefined && made !== name)) continue;
    const path = join(folder, found);
    // It may be finished meanwhile.
    const changedMs = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => Number.POSITIVE_INFINITY,
    );
    if (Date.now() - changedMs < ABANDONED_MS) continue;
    await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}
