import * as vscode from "vscode";
import { bootTree } from "../model/boot-tree.ts";
import { badge } from "../model/status-bar.ts";
import type { Translate } from "../model/translate.ts";
import { isGrowing, isStale, type Snapshot } from "../store/snapshot.ts";
import type { Store } from "../store/store.ts";
import { CriticalMarks, type Line, ModelTree } from "./tree-view.ts";

/** How often the times of running phases are updated. The runtime is not asked for it. */
const TICK_MS = 1000;

/** The Boot view with its badge, its message, and times that grow. */
export class BootView implements vscode.Disposable {
  readonly #store: Store;
  readonly #t: Translate;
  readonly #tree: ModelTree;
  readonly #view: vscode.TreeView<Line>;
  readonly #parts: vscode.Disposable;

  /** @param nowMs - The runtime's clock. */
  constructor(store: Store, t: Translate, nowMs: () => number) {
    this.#store = store;
    this.#t = t;
    this.#tree = new ModelTree({ nodes: () => bootTree(store.snapshot, { t, nowMs: nowMs() }) });
    this.#view = vscode.window.createTreeView("sandboot.boot", {
      treeDataProvider: this.#tree,
      showCollapseAll: true,
    });
    const marks = new CriticalMarks(t("On the critical chain"));
    const clock = setInterval(() => this.#tick(), TICK_MS);
    this.#parts = vscode.Disposable.from(
      this.#tree,
      this.#view,
      vscode.window.registerFileDecorationProvider(marks),
      { dispose: () => clearInterval(clock) },
    );
  }

  render(): void {
    const { snapshot } = this.#store;
    this.#tree.refresh();
    const failures = badge(snapshot, this.#t);
    this.#view.badge =
      failures === null ? undefined : { value: failures.count, tooltip: failures.tooltip };
    this.#view.message = messageOf(snapshot, this.#t);
  }

  dispose(): void {
    this.#parts.dispose();
  }

  /** Does something only while a phase runs and the view is visible. */
  #tick(): void {
    if (isGrowing(this.#store.snapshot) && this.#view.visible) this.#tree.refresh();
  }
}

/** The message above the tree; empty for none. */
function messageOf(snapshot: Snapshot, t: Translate): string {
  if (isStale(snapshot)) return t("Not connected. This is the state when the connection was lost.");
  return snapshot.connection.id === "stale"
    ? t("The runtime has ended. This is its last state.")
    : "";
}
