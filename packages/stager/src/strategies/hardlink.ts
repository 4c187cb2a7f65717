import { linkSync } from "node:fs";
import type { FileStrategy } from "./strategy.ts";

/** A hard link to the stage's inode, with its mode and time. Only for read-only files, and within one file system. */
export const hardlink: FileStrategy = {
  name: "hardlink",
  place: (source, target) => linkSync(source, target),
};
