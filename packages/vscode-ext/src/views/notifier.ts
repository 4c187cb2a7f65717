import { printableLines } from "@sandboot/runtime/protocol";
import * as vscode from "vscode";
import { actionTitle, type Notice, type NoticeAction, noticesOf } from "../model/notices.ts";
import type { Translate } from "../model/translate.ts";
import type { Store } from "../store/store.ts";

const SEEN_KEY = "sandboot.seenNotices";
const SEEN_KEPT = 200;

export interface NotifierOptions {
  readonly store: Store;
  readonly t: Translate;
  /** Persists, so that a reload does not repeat notifications. */
  readonly memory: vscode.Memento;
  readonly enabled: () => boolean;
  readonly act: (action: NoticeAction) => Thenable<unknown>;
}

/** Shows a notification for each problem, once. @returns A function that stops it. */
export function startNotifier(options: NotifierOptions): () => void {
  const { store, t, memory, enabled, act } = options;
  const seen = new Set(memory.get<string[]>(SEEN_KEY, []));
  const look = () => {
    const { state, connection } = store.snapshot;
    if (state === null || connection.id !== "live") return;
    for (const notice of noticesOf(state, t)) {
      if (seen.has(notice.key)) continue;
      seen.add(notice.key);
      void memory.update(SEEN_KEY, [...seen].slice(-SEEN_KEPT));
      if (enabled()) void tell(notice);
    }
  };
  const tell = async (notice: Notice) => {
    const titles = notice.actions.map((action) => actionTitle(action, t));
    const show =
      notice.severity === "error"
        ? vscode.window.showErrorMessage
        : vscode.window.showWarningMessage;
    const chosen = await show(printableLines(notice.message), ...titles);
    const action = notice.actions[titles.indexOf(chosen ?? "")];
    if (action !== undefined) await act(action);
  };
  look();
  return store.subscribe(look);
}
