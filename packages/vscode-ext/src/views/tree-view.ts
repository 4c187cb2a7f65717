import { printable, printableLines } from "@sandboot/runtime/protocol";
import * as vscode from "vscode";
import { EditorsTree } from "../model/editors-tree.ts";
import type { Icon, TreeNode } from "../model/tree-node.ts";

/** The scheme of URIs of lines on the critical chain. {@link CriticalMarks} marks them. */
const CRITICAL_SCHEME = "sandboot-critical";

/** Waits before the editor is told again that all lines are others; the last one counts from then on. */
const AGAIN_MS = [1000, 5000, 60_000];

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
  readonly #editors = new EditorsTree();
  #lines = new Map<string, Line>();
  #pending: NodeJS.Timeout | null = null;
  #again: NodeJS.Timeout | null = null;

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
    for (const timer of [this.#pending, this.#again]) if (timer !== null) clearTimeout(timer);
    this.#changed.dispose();
  }

  getChildren(line?: Line): Line[] {
    const nodes = line === undefined ? this.#current() : (line.node.children ?? []);
    if (line === undefined) this.#editors.asked(nodes);
    return nodes.flatMap(({ id }) => this.#lines.get(id) ?? []);
  }

  getTreeItem(line: Line): vscode.TreeItem {
    const { node } = line;
    const item = new vscode.TreeItem(printable(node.label), collapsibility(node));
    item.id = node.id;
    if (node.description !== undefined) item.description = printable(node.description);
    if (node.icon !== undefined) item.iconPath = themeIcon(node.icon.id, node.icon.tone);
    if (node.tooltip !== undefined) item.tooltip = markdown(node.tooltip);
    if (node.traits !== undefined) item.contextValue = node.traits.join(" ");
    if (node.spoken !== undefined)
      item.accessibilityInformation = { label: printable(node.spoken) };
    if (node.opens !== undefined) {
      item.command = { command: "sandboot.open", title: "", arguments: [line] };
    }
    if (node.critical === true) {
      item.resourceUri = vscode.Uri.from({ scheme: CRITICAL_SCHEME, path: `/${node.id}` });
    }
    return item;
  }

  async resolveTreeItem(item: vscode.TreeItem, { node }: Line): Promise<vscode.TreeItem> {
    const text = await this.#options.tooltip?.(node);
    if (text != null) item.tooltip = markdown(text);
    return item;
  }

  #update(): void {
    const changes = this.#editors.becomes(this.#current());
    if (changes === "all") this.#tellAll();
    else if (changes !== null) {
      this.#changed.fire(changes.flatMap((id) => this.#lines.get(id) ?? []));
    }
  }

  /** Tells the editor to ask for all lines, and again after waits that grow, until it has. */
  #tellAll(times = 0): void {
    this.#changed.fire(undefined);
    if (this.#again !== null) clearTimeout(this.#again);
    this.#again = setTimeout(() => {
      if (this.#editors.isOutdated) this.#tellAll(times + 1);
    }, AGAIN_MS[times] ?? AGAIN_MS.at(-1));
  }

  /** The tree as it is now, with a line for each node. */
  #current(): readonly TreeNode[] {
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

/** Marks lines on the critical chain with a diamond at their end. A colour would look like a warning. */
export class CriticalMarks implements vscode.FileDecorationProvider {
  readonly #tooltip: string;

  constructor(tooltip: string) {
    this.#tooltip = tooltip;
  }

  provideFileDecoration({ scheme }: vscode.Uri): vscode.FileDecoration | undefined {
    return scheme === CRITICAL_SCHEME ? new vscode.FileDecoration("◆", this.#tooltip) : undefined;
  }
}
