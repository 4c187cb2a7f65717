import { lstat } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";

/** Polls without a pause until `seen` returns true. For changes that no event reports. */
export async function waitFor(seen: () => Promise<boolean>): Promise<void> {
  while (!(await seen())) await nextTurn();
}

export async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null)) !== null;
}
