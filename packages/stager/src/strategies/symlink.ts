import { symlinkSync } from "node:fs";

/** Places one link to the stage for a whole entry. Nothing is copied; the agent uses the stage's own inodes. */
export function placeSymlink(source: string, target: string): void {
  symlinkSync(source, target);
}
