import * as vscode from "vscode";

/** Both views are empty until a runtime answers: package.json's welcome texts say so. */
export function activate(context: vscode.ExtensionContext): void {
  const empty: vscode.TreeDataProvider<never> = {
    getChildren: () => [],
    getTreeItem: (item) => item,
  };
  context.subscriptions.push(
    vscode.window.createTreeView("sandboot.boot", { treeDataProvider: empty }),
    vscode.window.createTreeView("sandboot.processes", { treeDataProvider: empty }),
  );
}
