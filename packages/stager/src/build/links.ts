import { realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, relative } from "node:path";
import { StageBuildError } from "../build-error.ts";
import { isBelow } from "../tree/paths.ts";
import type { TreeNode } from "../tree/walk.ts";
import type { StageSource } from "./sources.ts";

/**
 * Refuses links in a source that would be wrong in the stage: absolute links, and links that lead out of the source or to
 * nothing.
 *
 * @throws {@link StageBuildError}
 */
export async function checkLinks(source: StageSource, nodes: readonly TreeNode[]): Promise<void> {
  const links = nodes.filter((node) => node.type === "link");
  if (links.length === 0 || source.linkTo !== undefined) return;
  const paths = new Set(nodes.map(({ path }) => path));
  const root = await realpath(source.from);
  for (const { path, target } of links) {
    const full = join(source.from, path);
    const refuse = (reason: string) => {
      throw new StageBuildError(source.subject, `${full} is a link to ${target}, ${reason}`);
    };
    if (isAbsolute(target))
      refuse("an absolute path, which may not exist where the stage is installed");
    if (!isBelow(root, join(root, dirname(path), target))) refuse(`out of ${source.from}`);
    let real = "";
    try {
      real = await realpath(full);
    } catch (error) {
      const loops = (error as NodeJS.ErrnoException).code === "ELOOP";
      refuse(loops ? "which leads back to itself" : "which does not exist");
    }
    if (!isBelow(root, real)) refuse(`which leads out of ${source.from}`);
    if (!paths.has(relative(root, real))) refuse("which is excluded");
  }
}
