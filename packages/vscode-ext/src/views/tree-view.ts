import * as vscode from "vscode";
import type { Tone, TreeNode } from "../model/tree-node.ts";

/** Lines that are marked as part of the critical chain have a URI of this scheme; see {@link CriticalMarks}. */
const CRITICAL_SCHEME = "sandboot-critical";
const FAILED = "failed";

const toneColors: Readonly<Record<Tone, string | null>> = {
  plain: null,
  good: "testing.iconPassed",
  busy: "charts.blue",
  warning: "list.warningForeground",
  bad: "list.errorForeground",
  muted: "descriptionForeground",
};

export interface ModelTreeOptions {
  readonly nodes: () => readonly TreeNode[];
  /** Markdown for a line whose tooltip costs something to make; called when somebody hovers. */
  readonly tooltip?: (node: TreeNode) => Promise<string | null>;
}

/** Shows a tree of {@link TreeNode}s and decides nothing. */
export class ModelTree implements vscode.TreeDataProvider<TreeNode> {
  readonly #options: ModelTreeOptions;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData: vscode.Event<undefined> = this.#changed.event;
  #pending: NodeJS.Timeout | null = null;

  constructor(options: ModelTreeOptions) {
    this.#options = options;
  }

  /** Many events come at once; a person sees only the last of them. */
  refresh(): void {
    this.#pending ??= setTimeout(() => {
      this.#pending = null;
      this.#changed.fire(undefined);
    }, 60);
  }

  dispose(): void {
    if (this.#pending !== null) clearTimeout(this.#pending);
    this.#changed.dispose();
  }

  getChildren(node?: TreeNode): TreeNode[] {
    return [...(node === undefined ? this.#options.nodes() : (node.children ?? []))];
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    const item = new vscode.TreeItem(node.label, collapsibility(node));
    item.id = node.id;
    if (node.description !== undefined) item.description = node.description;
    if (node.icon !== undefined) item.iconPath = themeIcon(node.icon.id, node.icon.tone);
    if (node.tooltip !== undefined) item.tooltip = markdown(node.tooltip);
    if (node.traits !== undefined) item.contextValue = node.traits.join(" ");
    if (node.spoken !== undefined) item.accessibilityInformation = { label: node.spoken };
    if (node.critical === true) {
      const query = node.icon?.tone === "bad" ? FAILED : "";
      item.resourceUri = vscode.Uri.from({ scheme: CRITICAL_SCHEME, path: `/${node.id}`, query });
    }
    return item;
  }

  async resolveTreeItem(item: vscode.TreeItem, node: TreeNode): Promise<vscode.TreeItem> {
    const text = await this.#options.tooltip?.(node);
    if (text != null) item.tooltip = markdown(text);
    return item;
  }
}

function collapsibility({ children, expanded }: TreeNode): vscode.TreeItemCollapsibleState {
  if (children === undefined || children.length === 0) return vscode.TreeItemCollapsibleState.None;
  return expanded === true
    ? vscode.TreeItemCollapsibleState.Expanded
    : vscode.TreeItemCollapsibleState.Collapsed;
}

function themeIcon(id: string, tone: Tone): vscode.ThemeIcon {
  const color = toneColors[tone];
  return color === null
    ? new vscode.ThemeIcon(id)
    : new vscode.ThemeIcon(id, new vscode.ThemeColor(color));
}

function markdown(text: string): vscode.MarkdownString {
  // Untrusted: what a program printed must not become a command link.
  const string = new vscode.MarkdownString(text);
  string.isTrusted = false;
  string.supportHtml = false;
  return string;
}

/** The mark on the critical chain, where the editor puts marks on lines: a badge at the end. */
export class CriticalMarks implements vscode.FileDecorationProvider {
  readonly #tooltip: string;

  constructor(tooltip: string) {
    this.#tooltip = tooltip;
  }

  provideFileDecoration({ scheme, query }: vscode.Uri): vscode.FileDecoration | undefined {
    if (scheme !== CRITICAL_SCHEME) return undefined;
    // The decoration colours the whole line, and that it failed matters more.
    const color = query === FAILED ? "list.errorForeground" : "sandboot.criticalChain";
    return new vscode.FileDecoration("◆", this.#tooltip, new vscode.ThemeColor(color));
  }
}
