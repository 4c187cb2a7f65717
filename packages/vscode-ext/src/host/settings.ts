import * as vscode from "vscode";

/** When the panel comes to the front. */
export type Reveal = "never" | "booting" | "failed";

/** The settings of package.json. Each call reads the current value. */
export const settings = {
  socketPath: () => read("socketPath", ""),
  url: () => read("url", ""),
  reveal: () => read<Reveal>("reveal", "never"),
  notifications: () => read("notifications", true),
  statusBar: () => read("statusBar", true),
  maxLogLines: () => read("logs.maxLines", 10_000),
} as const;

function read<T>(name: string, otherwise: T): T {
  return vscode.workspace.getConfiguration("sandboot").get(name, otherwise);
}

/** @param onPlace - Called when a setting may name another runtime; `onOther` for every other setting. */
export function watchSettings(onPlace: () => void, onOther: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    const changed = (name: string) => event.affectsConfiguration(`sandboot${name}`);
    if (changed(".socketPath") || changed(".url")) onPlace();
    else if (changed("")) onOther();
  });
}
