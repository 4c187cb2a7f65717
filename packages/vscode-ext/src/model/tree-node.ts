import type { Tone } from "@sandboot/runtime/protocol";

/** A codicon: https://microsoft.github.io/vscode-codicons/ */
export interface Icon {
  readonly id: string;
  /** The view maps it to a colour of the theme. */
  readonly tone: Tone | "plain";
}

/** One line of a tree, as data. A view shows it and adds nothing of its own. */
export interface TreeNode {
  /** Stable while it stands for the same thing: the tree keeps what the user opened by it. */
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  readonly icon?: Icon;
  /** Markdown. */
  readonly tooltip?: string;
  /** Words that package.json's `when` clauses look for. */
  readonly traits?: readonly string[];
  readonly children?: readonly TreeNode[];
  readonly expanded?: boolean;
  /** What the commands of this line act on: a phase's or a process's id. */
  readonly subject?: string;
  /** On the critical chain. */
  readonly critical?: boolean;
  /** What "Copy" copies. */
  readonly copy?: string;
  /** A screen reader says this instead of label and description. */
  readonly spoken?: string;
}
