import { printable, printableLines } from "@sandboot/runtime/protocol";
import * as vscode from "vscode";
import { statusBar } from "../model/status-bar.ts";
import type { Translate } from "../model/translate.ts";
import type { Store } from "../store/store.ts";

/** The sandbox in the status bar. */
export class StatusItem implements vscode.Disposable {
  readonly #store: Store;
  readonly #t: Translate;
  readonly #wanted: () => boolean;
  readonly #item: vscode.StatusBarItem;

  constructor(store: Store, t: Translate, wanted: () => boolean) {
    this.#store = store;
    this.#t = t;
    this.#wanted = wanted;
    this.#item = vscode.window.createStatusBarItem("sandboot", vscode.StatusBarAlignment.Left, 50);
    this.#item.name = t("Sandbox");
    this.#item.command = "sandboot.showPanel";
  }

  render(): void {
    const model = this.#wanted() ? statusBar(this.#store.snapshot, this.#t) : null;
    if (model === null) {
      this.#item.hide();
      return;
    }
    const { text, tooltip, severity } = model;
    this.#item.text = printable(text);
    this.#item.tooltip = printableLines(tooltip);
    this.#item.backgroundColor =
      severity === "none"
        ? undefined
        : new vscode.ThemeColor(`statusBarItem.${severity}Background`);
    this.#item.show();
  }

  dispose(): void {
    this.#item.dispose();
  }
}
