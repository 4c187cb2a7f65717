import { isDeepStrictEqual } from "node:util";
import type { TreeNode } from "./tree-node.ts";

/**
 * The smallest set of lines to refresh after a tree has changed. The editor forgets all lines below a refreshed one
 * until it has asked for them again, and a button that is clicked in between does not find its line.
 *
 * @returns Ids of lines to refresh, each with its children; "all" when the top lines are different.
 */
export function treeChanges(
  before: readonly TreeNode[],
  after: readonly TreeNode[],
): readonly string[] | "all" {
  return haveSameIds(before, after) ? changesInLines(before, after) : "all";
}

/** For lines with the same ids in the same order. */
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
