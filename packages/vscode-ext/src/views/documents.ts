import { outputOf } from "@sandboot/runtime/protocol";
import * as vscode from "vscode";
import { reportDocument } from "../model/report-document.ts";
import type { Translate } from "../model/translate.ts";
import type { Store } from "../store/store.ts";

const DOCUMENT_SCHEME = "sandboot";

/** Read-only documents: the report, and the output of a phase. */
export class Documents implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #store: Store;
  readonly #t: Translate;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #registration: vscode.Disposable;
  readonly #unsubscribe: () => void;
  readonly onDidChange: vscode.Event<vscode.Uri> = this.#changed.event;
  readonly #open = new Set<string>();

  constructor(store: Store, t: Translate) {
    this.#store = store;
    this.#t = t;
    this.#registration = vscode.workspace.registerTextDocumentContentProvider(
      DOCUMENT_SCHEME,
      this,
    );
    this.#unsubscribe = store.subscribe(() => {
      for (const uri of this.#open) this.#changed.fire(vscode.Uri.parse(uri));
    });
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    this.#open.add(uri.toString());
    const { snapshot } = this.#store;
    if (uri.path.endsWith(".md")) return reportDocument(snapshot, this.#t);
    const { state } = snapshot;
    const lines = state === null ? [] : outputOf(state, uri.query);
    return `${lines.join("\n")}\n`;
  }

  async openReport(): Promise<void> {
    const uri = vscode.Uri.from({
      scheme: DOCUMENT_SCHEME,
      path: `/${this.#t("Boot report")}.md`,
    });
    await vscode.commands.executeCommand("markdown.showPreview", uri);
  }

  async openOutput(phaseId: string | undefined): Promise<void> {
    if (phaseId === undefined) return;
    const path = `/${phaseId.replaceAll(/[/:]/g, " ")}.log`;
    const uri = vscode.Uri.from({ scheme: DOCUMENT_SCHEME, path, query: phaseId });
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true });
  }

  dispose(): void {
    this.#unsubscribe();
    this.#registration.dispose();
    this.#changed.dispose();
  }
}
