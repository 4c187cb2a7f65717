import { performance } from "node:perf_hooks";
import { RuntimeClient } from "@sandboot/runtime/protocol/client";
import * as vscode from "vscode";
import { watchForAppearance } from "./host/appearance.ts";
import { Connector } from "./host/connector.ts";
import { findPlaces, type Places, socketOf } from "./host/places.ts";
import { keepHistory } from "./host/remembered-boots.ts";
import { readUsage } from "./host/usage.ts";
import { bootTree } from "./model/boot-tree.ts";
import type { NoticeAction } from "./model/notices.ts";
import { pidOf, processTooltip, processTree } from "./model/process-tree.ts";
import { badge, statusBar } from "./model/status-bar.ts";
import type { TreeNode } from "./model/tree-node.ts";
import { isStale, runtimeNowMs, type Snapshot } from "./store/snapshot.ts";
import { Store } from "./store/store.ts";
import { registerCommands } from "./views/commands.ts";
import { watchContext } from "./views/context-keys.ts";
import { ProcessLogs } from "./views/logs.ts";
import { startNotifier } from "./views/notifier.ts";
import { CriticalMarks, ModelTree } from "./views/tree-view.ts";
import { WaterfallView } from "./views/waterfall-view.ts";

/** What runs shows its time; nothing is asked of the runtime for it. */
const TICK_MS = 1000;

/** Puts the panel together. The runtime is looked for only afterwards, so that no editor waits for it. */
export function activate(context: vscode.ExtensionContext): void {
  const startedAt = performance.now();
  const { t } = vscode.l10n;
  const log = vscode.window.createOutputChannel("Sandbox", { log: true });
  const store = new Store();
  const settings = () => vscode.workspace.getConfiguration("sandboot");
  const places = (): Places =>
    findPlaces({
      socketPath: settings().get("socketPath", ""),
      url: settings().get("url", ""),
      env: process.env,
      folders: (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath),
    });
  const connector = new Connector({
    store,
    places: () => places().places,
    open: (place) => new RuntimeClient(place),
    watch: (all, onNews) => watchForAppearance(all.flatMap(socketOf), onNews),
  });
  const running = new AbortController();

  const bootView = new ModelTree({
    nodes: () => bootTree(store.snapshot, { t, nowMs: nowMs(store.snapshot) }),
  });
  const processView = new ModelTree({
    nodes: () => processTree(store.snapshot, t),
    tooltip: (node) => describeProcess(store.snapshot, node),
  });
  const bootTreeView = vscode.window.createTreeView("sandboot.boot", {
    treeDataProvider: bootView,
    showCollapseAll: true,
  });
  const processTreeView = vscode.window.createTreeView("sandboot.processes", {
    treeDataProvider: processView,
  });
  const bar = vscode.window.createStatusBarItem("sandboot", vscode.StatusBarAlignment.Left, 50);
  bar.name = t("Sandbox");
  bar.command = "sandboot.showPanel";

  const logs = new ProcessLogs({
    client: () => connector.client,
    t,
    maxLines: () => settings().get("logs.maxLines", 10_000),
    log,
  });
  const waterfallView = new WaterfallView({
    store,
    t,
    extensionUri: context.extensionUri,
    nowMs,
  });

  const render = () => {
    const { snapshot } = store;
    bootView.refresh();
    processView.refresh();
    const model = settings().get("statusBar", true) ? statusBar(snapshot, t) : null;
    if (model === null) bar.hide();
    else {
      bar.text = model.text;
      bar.tooltip = model.tooltip;
      bar.backgroundColor =
        model.severity === "none"
          ? undefined
          : new vscode.ThemeColor(`statusBarItem.${model.severity}Background`);
      bar.show();
    }
    const failures = badge(snapshot, t);
    bootTreeView.badge =
      failures === null ? undefined : { value: failures.count, tooltip: failures.tooltip };
    // An empty message is none: the welcome texts show again.
    bootTreeView.message = isStale(snapshot)
      ? t("Not connected; this was true when the connection broke.")
      : snapshot.connection.id === "stale"
        ? t("The runtime has ended; this is how it was at the end.")
        : "";
  };

  context.subscriptions.push(
    log,
    bar,
    bootView,
    processView,
    bootTreeView,
    processTreeView,
    logs,
    waterfallView,
    waterfallView.register(),
    vscode.window.registerFileDecorationProvider(new CriticalMarks(t("On the critical chain"))),
    registerCommands({ store, t, connector, places, logs, waterfall: waterfallView, log }),
    { dispose: () => running.abort() },
    { dispose: store.subscribe(render) },
    { dispose: store.subscribe(watchContext(places)) },
    { dispose: store.subscribe((now, before) => logConnection(log, now, before)) },
    {
      dispose: store.subscribe((now, before) => {
        if (now.connection.id === "live" && before.connection.id !== "live") logs.reconnect();
      }),
    },
    { dispose: keepHistory(context.globalState, store, () => settings().get("history.size", 20)) },
    { dispose: revealWhenAsked(store, () => settings().get("reveal", "never")) },
    {
      dispose: startNotifier({
        store,
        t,
        memory: context.globalState,
        enabled: () => settings().get("notifications", true),
        act: runNoticeAction,
      }),
    },
    keepTime(store, bootTreeView, bootView),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (
        event.affectsConfiguration("sandboot.socketPath") ||
        event.affectsConfiguration("sandboot.url")
      ) {
        connector.lookAgain();
      } else if (event.affectsConfiguration("sandboot")) render();
    }),
    vscode.workspace.onDidChangeWorkspaceFolders(() => {
      if (connector.client === null) connector.lookAgain();
    }),
  );
  watchContext(places)(store.snapshot);
  // It handles its own failures, and ends when the extension does.
  setImmediate(() => void connector.run(running.signal));
  log.info(`activated in ${(performance.now() - startedAt).toFixed(1)} ms`);
}

function nowMs(snapshot: Snapshot): number {
  return runtimeNowMs(snapshot, Date.now());
}

async function describeProcess(snapshot: Snapshot, node: TreeNode): Promise<string | null> {
  const found = snapshot.state?.processes.find(({ id }) => id === node.subject);
  if (found === undefined) return null;
  const pid = pidOf(found.status);
  const usage = pid === null ? null : await readUsage(pid);
  return processTooltip(found, usage, { t: vscode.l10n.t, nowMs: nowMs(snapshot) });
}

function logConnection(log: vscode.LogOutputChannel, now: Snapshot, before: Snapshot): void {
  const { connection } = now;
  if (connection.id === before.connection.id) return;
  switch (connection.id) {
    case "live":
      log.info(`connected to ${connection.place}`);
      break;
    case "stale":
      log.warn(`lost ${connection.place}: ${connection.reason}`);
      break;
    case "unreachable":
      for (const { place, problem } of connection.attempts) log.info(`${place}: ${problem}`);
      break;
    case "incompatible":
      log.error(`${connection.place} speaks protocol version ${connection.schemaVersion}`);
      break;
    case "searching":
      break;
    default:
      connection satisfies never;
  }
}

function revealWhenAsked(store: Store, when: () => string): () => void {
  let revealedFor = "";
  return store.subscribe(({ state }) => {
    if (state === null) return;
    const failed = state.status === "failed";
    const wanted = when() === "booting" ? failed || state.status === "booting" : failed;
    const occasion = `${state.startedAt}/${failed}`;
    if (when() === "never" || !wanted || revealedFor === occasion) return;
    revealedFor = occasion;
    void vscode.commands.executeCommand("sandboot.boot.focus");
  });
}

/** Redraws what runs once a second, only while something runs and somebody looks. */
function keepTime(
  store: Store,
  view: vscode.TreeView<TreeNode>,
  tree: ModelTree,
): vscode.Disposable {
  const timer = setInterval(() => {
    if (view.visible && isBooting(store.snapshot)) tree.refresh();
  }, TICK_MS);
  return { dispose: () => clearInterval(timer) };
}

function isBooting({ state, connection }: Snapshot): boolean {
  return state?.status === "booting" && connection.id === "live";
}

function runNoticeAction(action: NoticeAction): Thenable<unknown> {
  const run = vscode.commands.executeCommand;
  switch (action.id) {
    case "show-output":
      return run("sandboot.showPhaseOutput", action.phase);
    case "show-log":
      return run("sandboot.process.logs", action.process);
    case "restart":
      return run("sandboot.process.restart", action.process);
    case "open-report":
      return run("sandboot.showReport");
    default:
      action satisfies never;
      return Promise.resolve();
  }
}
