import { isDeepStrictEqual } from "node:util";
import type { TreeNode } from "./tree-node.ts";

/**
 * What an editor has to be told of a tree that has changed: as little as will do. Of a whole tree that is told, or of a
 * line with its children, it forgets every line below until it has asked for them again, and what is clicked meanwhile
 * does not know its line.
 *
 * @returns The ids of the lines to look at again, each with its children; "all" when the top lines are not the same.
 */
export function treeChanges(
  before: readonly TreeNode[],
  after: readonly TreeNode[],
): readonly string[] | "all" {
  return haveSameIds(before, after) ? changesInLines(before, after) : "all";
}

/** Both of the same ids in the same order. */
function changesInLines(before: readonly TreeNode[], after: readonly TreeNode[]): string[] {
  return after.flatMap((node, index) => {
    const { children: formerChildren = [], ...former } = before[index] ?? node;
    const { children = [], ...own } = node;
    const isSame = isDeepStrictEqual(former, own) && haveSameIds(formerChildren, children);
    return isSame ? changesInLines(formerChildren, children) : [node.id];
  });
}

function haveSameIds(before: readonly TreeNode[], after: readonly TreeNode[]): boolean {
  return before.length === after.length && before.every(({ id }, index) => id === after[index]?.id);
}
