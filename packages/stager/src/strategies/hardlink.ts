import { linkSync } from "node:fs";
import type { FileStrategy } from "./strategy.ts";

/** Another name for the stage's inode, on the same file system, mode and time with it: for read-only files only. */
export const hardlink: FileStrategy = {
  name: "hardlink",
  place: (source, target) => linkSync(source, target),
};
