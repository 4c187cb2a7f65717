import type { Tone } from "@sandboot/runtime/protocol";
import type { Place } from "./place.ts";

/** A codicon: https://microsoft.github.io/vscode-codicons/ */
export interface Icon {
  readonly id: string;
  /** The view maps it to a colour of the theme. */
  readonly tone: Tone | "plain";
}

/** One line of a tree, as data. */
export interface TreeNode {
  /** Stays the same for the same thing: the editor remembers by it which lines are expanded. */
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  readonly icon?: Icon;
  /** Markdown. */
  readonly tooltip?: string;
  /** Words for package.json's `when` clauses. */
  readonly traits?: readonly string[];
  readonly children?: readonly TreeNode[];
  readonly expanded?: boolean;
  /** Id of the phase or process that the line's commands act on. */
  readonly subject?: string;
  /** Whether it is on the critical chain. */
  readonly critical?: boolean;
  /** What opens when somebody chooses the line. */
  readonly opens?: Place;
  /** The text that *Copy* copies. */
  readonly copy?: string;
  /** For screen readers, instead of label and description. */
  readonly spoken?: string;
}
