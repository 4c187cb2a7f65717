import { treeChanges } from "./tree-changes.ts";
import type { TreeNode } from "./tree-node.ts";

/**
 * What the editor has of a tree: the top lines from when it last asked for them. A message that they are others can get
 * lost: the editor keeps what a question brought, also when the message came between question and answer
 * (`getChildrenBatch` in
 * https://github.com/microsoft/vscode/blob/1.100.0/src/vs/workbench/browser/parts/views/treeView.ts). A view that was asked
 * for before the runtime answered then stays empty. So the message is said again until the editor asks.
 *
 * ```
 * unknown ──asked──► has ──other top lines──► outdated ──asked──► has
 * ```
 */
export class EditorsTree {
  #state: "unknown" | "has" | "outdated" = "unknown";
  #nodes: readonly TreeNode[] = [];

  /** Whether the editor was told to ask for the top lines, and has not. */
  get isOutdated(): boolean {
    return this.#state === "outdated";
  }

  /** The editor asks for the top lines, and gets these. */
  asked(nodes: readonly TreeNode[]): void {
    this.#state = "has";
    this.#nodes = nodes;
  }

  /**
   * The tree is now this.
   *
   * @returns What the editor must be told, as {@link treeChanges} does; null for nothing.
   */
  becomes(nodes: readonly TreeNode[]): readonly string[] | "all" | null {
    if (this.#state === "unknown") return null;
    const changes = treeChanges(this.#nodes, nodes);
    this.#nodes = nodes;
    if (changes === "all") this.#state = "outdated";
    if (this.#state === "outdated") return "all";
    return changes.length === 0 ? null : changes;
  }
}
