import { pidOf } from "@sandboot/runtime/protocol";
import * as vscode from "vscode";
import { readUsage } from "../host/usage.ts";
import { processTooltip, processTree } from "../model/process-tree.ts";
import type { Translate } from "../model/translate.ts";
import type { TreeNode } from "../model/tree-node.ts";
import type { Store } from "../store/store.ts";
import { ModelTree } from "./tree-view.ts";

/** The Processes view. What a process uses is read when somebody hovers over its line. */
export class ProcessView implements vscode.Disposable {
  readonly #store: Store;
  readonly #t: Translate;
  readonly #nowMs: () => number;
  readonly #tree: ModelTree;
  readonly #view: vscode.Disposable;

  /** @param nowMs - The runtime's clock. */
  constructor(store: Store, t: Translate, nowMs: () => number) {
    this.#store = store;
    this.#t = t;
    this.#nowMs = nowMs;
    this.#tree = new ModelTree({
      nodes: () => processTree(store.snapshot, t),
      tooltip: (node) => this.#describe(node),
    });
    this.#view = vscode.window.createTreeView("sandboot.processes", {
      treeDataProvider: this.#tree,
    });
  }

  render(): void {
    this.#tree.refresh();
  }

  dispose(): void {
    this.#view.dispose();
    this.#tree.dispose();
  }

  async #describe({ subject }: TreeNode): Promise<string | null> {
    const { state } = this.#store.snapshot;
    const found = state?.processes.find(({ id }) => id === subject);
    if (found === undefined) return null;
    const pid = pidOf(found.status);
    const usage = pid === null ? null : await readUsage(pid);
    return processTooltip(found, usage, { t: this.#t, nowMs: this.#nowMs() });
  }
}
