import { printable, printableLines } from "@sandboot/runtime/protocol";
import * as vscode from "vscode";
import { treeChanges } from "../model/tree-changes.ts";
import type { Icon, TreeNode } from "../model/tree-node.ts";

/** The scheme of URIs of lines on the critical chain. {@link CriticalMarks} marks them. */
const CRITICAL_SCHEME = "sandboot-critical";
const FAILED = "failed";

const toneColors: Readonly<Record<Icon["tone"], string | null>> = {
  plain: null,
  good: "testing.iconPassed",
  busy: "charts.blue",
  warning: "list.warningForeground",
  bad: "list.errorForeground",
  muted: "descriptionForeground",
};

export interface ModelTreeOptions {
  readonly nodes: () => readonly TreeNode[];
  /** A tooltip in Markdown that is expensive to make. Called when somebody hovers over the line. */
  readonly tooltip?: (node: TreeNode) => Promise<string | null>;
}

/** The editor recognizes a line by this object, so it stays the same while the tree has a line of its id. */
export interface Line {
  node: TreeNode;
}

/** Shows a tree of {@link TreeNode}s. */
export class ModelTree implements vscode.TreeDataProvider<Line> {
  readonly #options: ModelTreeOptions;
  readonly #changed = new vscode.EventEmitter<Line[] | undefined>();
  readonly onDidChangeTreeData: vscode.Event<Line[] | undefined> = this.#changed.event;
  /** The tree that the editor has; null before it has asked for one. */
  #shown: readonly TreeNode[] | null = null;
  #lines = new Map<string, Line>();
  #pending: NodeJS.Timeout | null = null;

  constructor(options: ModelTreeOptions) {
    this.#options = options;
  }

  /** Waits a moment, because events come in groups, and updates once. */
  refresh(): void {
    this.#pending ??= setTimeout(() => {
      this.#pending = null;
      this.#update();
    }, 60);
  }

  dispose(): void {
    if (this.#pending !== null) clearTimeout(this.#pending);
    this.#changed.dispose();
  }

  getChildren(line?: Line): Line[] {
    const nodes = line === undefined ? (this.#shown ?? this.#show()) : (line.node.children ?? []);
    return nodes.flatMap(({ id }) => this.#lines.get(id) ?? []);
  }

  getTreeItem({ node }: Line): vscode.TreeItem {
    const item = new vscode.TreeItem(printable(node.label), collapsibility(node));
    item.id = node.id;
    if (node.description !== undefined) item.description = printable(node.description);
    if (node.icon !== undefined) item.iconPath = themeIcon(node.icon.id, node.icon.tone);
    if (node.tooltip !== undefined) item.tooltip = markdown(node.tooltip);
    if (node.traits !== undefined) item.contextValue = node.traits.join(" ");
    if (node.spoken !== undefined)
      item.accessibilityInformation = { label: printable(node.spoken) };
    if (node.critical === true) {
      const query = node.icon?.tone === "bad" ? FAILED : "";
      item.resourceUri = vscode.Uri.from({ scheme: CRITICAL_SCHEME, path: `/${node.id}`, query });
    }
    return item;
  }

  async resolveTreeItem(item: vscode.TreeItem, { node }: Line): Promise<vscode.TreeItem> {
    const text = await this.#options.tooltip?.(node);
    if (text != null) item.tooltip = markdown(text);
    return item;
  }

  #update(): void {
    if (this.#shown === null) return;
    const changes = treeChanges(this.#shown, this.#show());
    if (changes === "all") this.#changed.fire(undefined);
    else if (changes.length > 0) {
      this.#changed.fire(changes.flatMap((id) => this.#lines.get(id) ?? []));
    }
  }

  #show(): readonly TreeNode[] {
    const lines = new Map<string, Line>();
    const visit = (node: TreeNode) => {
      const line = this.#lines.get(node.id) ?? { node };
      line.node = node;
      lines.set(node.id, line);
      node.children?.forEach(visit);
    };
    const nodes = this.#options.nodes();
    nodes.forEach(visit);
    this.#lines = lines;
    this.#shown = nodes;
    return nodes;
  }
}

function collapsibility({ children, expanded }: TreeNode): vscode.TreeItemCollapsibleState {
  if (children === undefined || children.length === 0) return vscode.TreeItemCollapsibleState.None;
  return expanded === true
    ? vscode.TreeItemCollapsibleState.Expanded
    : vscode.TreeItemCollapsibleState.Collapsed;
}

function themeIcon(id: string, tone: Icon["tone"]): vscode.ThemeIcon {
  const color = toneColors[tone];
  return color === null
    ? new vscode.ThemeIcon(id)
    : new vscode.ThemeIcon(id, new vscode.ThemeColor(color));
}

function markdown(text: string): vscode.MarkdownString {
  // Not trusted, because a program's output must not become a command link.
  const string = new vscode.MarkdownString(printableLines(text));
  string.isTrusted = false;
  string.supportHtml = false;
  return string;
}

/** Marks lines on the critical chain with a badge at their end. */
export class CriticalMarks implements vscode.FileDecorationProvider {
  readonly #tooltip: string;

  constructor(tooltip: string) {
    this.#tooltip = tooltip;
  }

  provideFileDecoration({ scheme, query }: vscode.Uri): vscode.FileDecoration | undefined {
    if (scheme !== CRITICAL_SCHEME) return undefined;
    // The decoration colours the whole line. A failure is more important than the chain.
    const color = query === FAILED ? "list.errorForeground" : "sandboot.criticalChain";
    return new vscode.FileDecoration("◆", this.#tooltip, new vscode.ThemeColor(color));
  }
}
