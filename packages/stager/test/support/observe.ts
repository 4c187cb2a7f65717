import { lstat } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";

/** Looks again and again, as fast as it can, until `seen` says yes: what is waited for is an event that nobody reports. */
export async function waitFor(seen: () => Promise<boolean>): Promise<void> {
  while (!(await seen())) await nextTurn();
}

export async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null)) !== null;
}
