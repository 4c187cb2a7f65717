import { performance } from "node:perf_hooks";
import { RuntimeClient } from "@sandboot/runtime/protocol/client";
import * as vscode from "vscode";
import { watchForAppearance } from "./host/appearance.ts";
import { logConnection } from "./host/connection-log.ts";
import { Connector } from "./host/connector.ts";
import { findPlaces, type Places, socketOf } from "./host/places.ts";
import { settings, watchSettings } from "./host/settings.ts";
import { snapshotNowMs } from "./store/snapshot.ts";
import { type SnapshotListener, Store } from "./store/store.ts";
import { BootView } from "./views/boot-view.ts";
import { registerCommands } from "./views/commands.ts";
import { watchContext } from "./views/context-keys.ts";
import { ProcessLogs } from "./views/logs.ts";
import { runNoticeAction } from "./views/notice-actions.ts";
import { startNotifier } from "./views/notifier.ts";
import { ProcessView } from "./views/process-view.ts";
import { revealWhenAsked } from "./views/reveal.ts";
import { StatusItem } from "./views/status-item.ts";
import { WaterfallView } from "./views/waterfall-view.ts";

/** When the bundle's first line ran. build.mjs adds that line. */
declare const bundleStartedMs: number;
const loadMs = performance.now() - bundleStartedMs;

/** Creates the panel. The search for a runtime starts afterwards, so that the editor does not wait for it. */
export function activate(context: vscode.ExtensionContext): void {
  const startedMs = performance.now();
  const { t } = vscode.l10n;
  const { globalState: memory, extensionUri } = context;
  const log = vscode.window.createOutputChannel("Sandbox", { log: true });
  const store = new Store();
  const connector = new Connector({
    store,
    places: () => places().places,
    open: (place) => new RuntimeClient(place),
    watch: (all, onNews) => watchForAppearance(all.flatMap(socketOf), onNews),
    onProblem: (problem) => log.info(problem),
  });
  const running = new AbortController();

  const nowMs = () => snapshotNowMs(store.snapshot, Date.now());
  const bootView = new BootView(store, t, nowMs);
  const processView = new ProcessView(store, t, nowMs);
  const statusItem = new StatusItem(store, t, settings.statusBar);
  const logs = new ProcessLogs({
    client: () => connector.client,
    startedAt: () => store.snapshot.state?.startedAt ?? null,
    t,
    maxLines: settings.maxLogLines,
    log,
  });
  const waterfall = new WaterfallView({ store, t, extensionUri, nowMs });

  const render = () => {
    bootView.render();
    processView.render();
    statusItem.render();
  };
  const tellContext = watchContext(places);
  const onChange = (listener: SnapshotListener) => ({ dispose: store.subscribe(listener) });
  context.subscriptions.push(
    log,
    bootView,
    processView,
    statusItem,
    logs,
    waterfall,
    waterfall.register(),
    registerCommands({ store, t, connector, places, logs, waterfall, log }),
    { dispose: () => running.abort() },
    onChange(render),
    onChange(tellContext),
    onChange(logConnection(log)),
    onChange(({ connection }, before) => {
      if (connection.id === "live" && before.connection.id !== "live") logs.reconnect();
    }),
    onChange(revealWhenAsked(settings.reveal)),
    {
      dispose: startNotifier({
        store,
        t,
        memory,
        enabled: settings.notifications,
        act: runNoticeAction,
      }),
    },
    watchSettings(() => connector.lookAgain(), render),
    vscode.workspace.onDidChangeWorkspaceFolders(() => {
      if (connector.client === null) connector.lookAgain();
    }),
  );
  tellContext(store.snapshot, store.snapshot);
  // It never rejects, and ends when the extension is deactivated.
  setImmediate(() => void connector.run(running.signal));
  // Its own time. The editor's figure includes other extensions that start at the same time.
  const activateMs = performance.now() - startedMs;
  log.info(`loaded in ${loadMs.toFixed(1)} ms, activated in ${activateMs.toFixed(1)} ms`);
}

function places(): Places {
  return findPlaces({
    socketPath: settings.socketPath(),
    url: settings.url(),
    env: process.env,
    folders: (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath),
  });
}
