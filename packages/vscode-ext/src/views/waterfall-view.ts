import { randomBytes } from "node:crypto";
import { toChromeTrace } from "@sandboot/runtime/protocol";
import * as vscode from "vscode";
import { comparisons } from "../model/earlier.ts";
import type { Translate } from "../model/translate.ts";
import { waterfall } from "../model/waterfall.ts";
import {
  type FromWebview,
  type ToWebview,
  type WaterfallTexts,
  waterfallTexts,
} from "../model/waterfall-messages.ts";
import type { Store } from "../store/store.ts";
import { waterfallPage } from "./waterfall-page.ts";

const VIEW_TYPE = "sandboot.waterfall";
const SEND_MS = 60;

export interface WaterfallViewOptions {
  readonly store: Store;
  readonly t: Translate;
  readonly extensionUri: vscode.Uri;
  /** The runtime's clock. */
  readonly nowMs: () => number;
}

/** The waterfall in an editor tab. There is at most one. */
export class WaterfallView implements vscode.WebviewPanelSerializer, vscode.Disposable {
  readonly #options: WaterfallViewOptions;
  #panel: vscode.WebviewPanel | null = null;
  #unsubscribe: (() => void) | null = null;
  #pending: NodeJS.Timeout | null = null;

  constructor(options: WaterfallViewOptions) {
    this.#options = options;
  }

  show(): void {
    if (this.#panel !== null) {
      this.#panel.reveal();
      return;
    }
    const { t } = this.#options;
    this.#adopt(
      vscode.window.createWebviewPanel(
        VIEW_TYPE,
        t("Boot Waterfall"),
        vscode.ViewColumn.Active,
        this.#webviewOptions(),
      ),
    );
  }

  register(): vscode.Disposable {
    return vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, this);
  }

  /** Restores a tab that was open before a reload. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    panel.webview.options = this.#webviewOptions();
    this.#adopt(panel);
  }

  dispose(): void {
    this.#panel?.dispose();
  }

  #webviewOptions(): vscode.WebviewOptions {
    const dist = vscode.Uri.joinPath(this.#options.extensionUri, "dist");
    return { enableScripts: true, localResourceRoots: [dist] };
  }

  #adopt(panel: vscode.WebviewPanel): void {
    const { store, t, extensionUri } = this.#options;
    const { webview } = panel;
    const file = (name: string) =>
      webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, "dist", name)).toString();
    this.#panel = panel;
    const icon = (theme: string) => vscode.Uri.joinPath(extensionUri, "media", `tab-${theme}.svg`);
    panel.iconPath = { light: icon("light"), dark: icon("dark") };
    this.#unsubscribe = store.subscribe((now, before) => {
      if (now.history !== before.history || now.state?.mode !== before.state?.mode)
        this.#sendComparisons(webview);
      this.#sendSoon(webview);
    });
    panel.onDidDispose(() => {
      this.#unsubscribe?.();
      this.#unsubscribe = null;
      if (this.#pending !== null) clearTimeout(this.#pending);
      this.#pending = null;
      this.#panel = null;
    });
    webview.onDidReceiveMessage(async (message: FromWebview) => {
      if (message.type === "export") await this.#export(message);
      else {
        const names = Object.keys(waterfallTexts) as (keyof WaterfallTexts)[];
        const texts = Object.fromEntries(names.map((name) => [name, t(waterfallTexts[name])]));
        await post(webview, { type: "texts", texts: texts as WaterfallTexts });
        this.#sendComparisons(webview);
        this.#send(webview);
      }
    });
    webview.html = waterfallPage({
      nonce: randomBytes(16).toString("base64url"),
      cspSource: webview.cspSource,
      script: file("waterfall.js"),
      style: file("waterfall-style.css"),
      language: vscode.env.language,
    });
  }

  #sendComparisons(webview: vscode.Webview): void {
    const { store, t } = this.#options;
    const earlier = comparisons(store.snapshot, t);
    void post(webview, { type: "comparisons", comparisons: earlier });
  }

  /** Events come in groups, and a model has all that phases printed last. */
  #sendSoon(webview: vscode.Webview): void {
    this.#pending ??= setTimeout(() => {
      this.#pending = null;
      this.#send(webview);
    }, SEND_MS);
  }

  #send(webview: vscode.Webview): void {
    const { store, t, nowMs } = this.#options;
    const model = waterfall(store.snapshot, { t, nowMs: nowMs() });
    // Fails when the tab is being closed, which does not matter.
    void post(webview, { type: "model", model });
  }

  async #export(message: Extract<FromWebview, { type: "export" }>): Promise<void> {
    switch (message.format) {
      case "perfetto":
        return this.exportPerfetto();
      case "svg":
        return this.#save("svg", Buffer.from(message.data));
      case "png":
        return this.#save("png", Buffer.from(message.data, "base64"));
      default:
        message satisfies never;
    }
  }

  async exportPerfetto(): Promise<void> {
    const { state } = this.#options.store.snapshot;
    if (state === null) return;
    const trace = toChromeTrace({ ...state, outcome: state.status });
    await this.#save("perfetto.json", Buffer.from(JSON.stringify(trace)));
  }

  async #save(extension: string, content: Uint8Array): Promise<void> {
    const { store, t } = this.#options;
    const { state } = store.snapshot;
    const stamp = (state?.startedAt ?? "").slice(0, 19).replaceAll(":", "-");
    const name = `sandboot-${stamp}.${extension}`;
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const target = await vscode.window.showSaveDialog({
      title: t("Export Boot"),
      ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, name) }),
    });
    if (target !== undefined) await vscode.workspace.fs.writeFile(target, content);
  }
}

async function post(webview: vscode.Webview, message: ToWebview): Promise<void> {
  await webview.postMessage(message);
}
