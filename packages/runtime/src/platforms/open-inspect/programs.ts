import { chmodSync, copyFileSync, type Dirent, existsSync, readdirSync } from "node:fs";
import { join, parse } from "node:path";
import { makeFolder } from "../../base/folder.ts";
import type { FollowedBoot } from "../platform.ts";
import { filesOf } from "./names.ts";

/**
 * Puts the programs of the original package where its agent and its git look for them. An image that has them already may
 * have a folder that cannot be written to.
 */
export function installPrograms({ env, warn }: Pick<FollowedBoot, "env" | "warn">): void {
  const { programs, bin } = filesOf(env);
  for (const entry of entriesOf(programs)) {
    const { name, ext, base } = parse(entry.name);
    if (!entry.isFile() || (ext !== "" && ext !== ".js")) continue;
    const to = join(bin, name);
    try {
      makeFolder(bin);
      copyFileSync(join(programs, base), to);
      chmodSync(to, 0o755);
    } catch (error) {
      if (!existsSync(to)) warn(to, error);
    }
  }
}

/** None in an image without the package. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
