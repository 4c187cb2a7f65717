import * as vscode from "vscode";

/** When the panel comes to the front by itself. */
export type Reveal = "never" | "booting" | "failed";

/** What package.json declares, read anew each time: a change is seen at once. */
export const settings = {
  socketPath: () => read("socketPath", ""),
  url: () => read("url", ""),
  reveal: () => read<Reveal>("reveal", "never"),
  notifications: () => read("notifications", true),
  statusBar: () => read("statusBar", true),
  maxLogLines: () => read("logs.maxLines", 10_000),
  historySize: () => read("history.size", 20),
} as const;

function read<T>(name: string, otherwise: T): T {
  return vscode.workspace.getConfiguration("sandboot").get(name, otherwise);
}

/** @param onPlace Called when another runtime may be meant; `onOther` for every other setting. */
export function watchSettings(onPlace: () => void, onOther: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    const changed = (name: string) => event.affectsConfiguration(`sandboot${name}`);
    if (changed(".socketPath") || changed(".url")) onPlace();
    else if (changed("")) onOther();
  });
}
