import { symlink as link } from "node:fs/promises";
import type { FileStrategy } from "./strategy.ts";

/** A link to the stage: nothing is copied, and everyone who follows it shares the stage's inode. */
export const symlink: FileStrategy = {
  name: "symlink",
  place: (source, target) => link(source, target),
};
