import { symlinkSync } from "node:fs";

/** A link to the stage in place of a whole entry: nothing is copied, and whoever follows it shares the stage's inodes. */
export function placeSymlink(source: string, target: string): void {
  symlinkSync(source, target);
}
