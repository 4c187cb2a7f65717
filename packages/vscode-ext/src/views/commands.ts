import {
  describeEndpoint,
  type ProcessAction,
  type RuntimeClient,
} from "@sandboot/runtime/protocol/client";
import * as vscode from "vscode";
import type { Connector } from "../host/connector.ts";
import type { Places } from "../host/places.ts";
import { processTree } from "../model/process-tree.ts";
import { scriptOf } from "../model/recovery-node.ts";
import type { Translate } from "../model/translate.ts";
import type { Store } from "../store/store.ts";
import { Documents } from "./documents.ts";
import type { ProcessLogs } from "./logs.ts";
import { openPlace } from "./open-place.ts";
import type { Line } from "./tree-view.ts";
import type { WaterfallView } from "./waterfall-view.ts";

export interface CommandParts {
  readonly store: Store;
  readonly t: Translate;
  readonly connector: Connector;
  readonly places: () => Places;
  readonly logs: ProcessLogs;
  readonly waterfall: WaterfallView;
  readonly log: vscode.LogOutputChannel;
}

/** What a command acts on: a tree's line, or an id from a notification. Undefined from the palette. */
type Subject = Line | string | undefined;

/** All commands, and the documents that they open. */
export function registerCommands(parts: CommandParts): vscode.Disposable {
  const { store, t, connector, logs, waterfall } = parts;
  const documents = new Documents(store, t);
  const command = (id: string, run: (subject: Subject) => unknown) =>
    vscode.commands.registerCommand(`sandboot.${id}`, run);

  const onProcess =
    (trait: string, run: (processId: string) => unknown) => async (subject: Subject) => {
      const id = idOf(subject) ?? (await pickProcess(store, trait, t));
      if (id !== undefined) await run(id);
    };
  const onRuntime = (what: string, run: (client: RuntimeClient) => Promise<unknown>) =>
    showFailure(what, async () => {
      if (connector.client === null) throw new Error(t("No runtime answers."));
      await run(connector.client);
    });
  const act = (action: ProcessAction) => (processId: string) =>
    onRuntime(t("Cannot {0} {1}", action, processId), (client) => client.act(processId, action));

  /** Somebody's session ends with the agent, so it is asked for first. */
  const actOnAgentToo = (action: "restart" | "stop") => async (processId: string) => {
    const { state } = store.snapshot;
    const isAgent = state?.processes.find(({ id }) => id === processId)?.kind === "agent";
    if (isAgent && !(await confirmsAgent(action, t))) return;
    await act(action)(processId);
  };

  return vscode.Disposable.from(
    documents,
    command("recovery.edit", () => editScript(store, t)),
    command("recovery.retry", () => onRuntime(t("Cannot retry"), (client) => client.retry())),
    command("recovery.shutdown", async () => {
      if (!(await confirmsShutdown(t))) return;
      await onRuntime(t("Cannot shut down"), (client) => client.shutdown("the panel"));
    }),
    command("showPanel", () => vscode.commands.executeCommand("sandboot.boot.focus")),
    command("showWaterfall", () => waterfall.show()),
    command("exportPerfetto", () => waterfall.exportPerfetto()),
    command("showReport", () => documents.openReport()),
    command("showPhaseOutput", (subject) => documents.openOutput(idOf(subject))),
    command("reconnect", () => connector.lookAgain()),
    command("openTerminal", () => typeStartCommand(t)),
    command("showLocations", () => showLocations(parts)),
    command("open", async (subject) => {
      const place = typeof subject === "object" ? subject.node.opens : undefined;
      if (place !== undefined) await showFailure(t("Cannot open"), () => openPlace(place));
    }),
    command("copyDetail", async (subject) => {
      const text =
        typeof subject === "object" ? (subject.node.copy ?? subject.node.label) : subject;
      if (text !== undefined) await vscode.env.clipboard.writeText(text);
    }),
    command("process.restart", onProcess("restartable", actOnAgentToo("restart"))),
    command("process.stop", onProcess("stoppable", actOnAgentToo("stop"))),
    command("process.start", onProcess("startable", act("start"))),
    command(
      "process.logs",
      onProcess("process", (id) => logs.show(id)),
    ),
    command(
      "process.open",
      onProcess("openable", (id) => openInBrowser(store, id)),
    ),
  );
}

/** Says what could not be done, and why. */
async function showFailure(what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    await vscode.window.showErrorMessage(`${what}: ${why}`);
  }
}

async function confirmsAgent(action: "restart" | "stop", t: Translate): Promise<boolean> {
  const yes = action === "stop" ? t("Stop the Agent") : t("Restart the Agent");
  const question = t("Work that the agent does now is interrupted.");
  return (await vscode.window.showWarningMessage(question, { modal: true }, yes)) === yes;
}

async function confirmsShutdown(t: Translate): Promise<boolean> {
  const yes = t("Shut Down");
  const question = t("The sandbox ends, and this editor with it.");
  return (await vscode.window.showWarningMessage(question, { modal: true }, yes)) === yes;
}

/** Opens the script that failed the boot. */
async function editScript(store: Store, t: Translate): Promise<void> {
  const { state } = store.snapshot;
  const script = state === null ? null : scriptOf(state);
  if (script === null) {
    await vscode.window.showInformationMessage(t("No script has failed the boot."));
    return;
  }
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(script));
  await vscode.window.showTextDocument(document, { preview: false });
}

function idOf(subject: Subject): string | undefined {
  return typeof subject === "object" ? subject.node.subject : subject;
}

async function pickProcess(store: Store, trait: string, t: Translate): Promise<string | undefined> {
  const nodes = processTree(store.snapshot, t).filter(({ traits }) => traits?.includes(trait));
  if (nodes.length === 0) {
    void vscode.window.showInformationMessage(t("This command applies to no process now."));
    return undefined;
  }
  const chosen = await vscode.window.showQuickPick(
    nodes.map(({ label, description = "" }) => ({ label, description })),
    { placeHolder: t("Which process?") },
  );
  return chosen?.label;
}

/** Types the command without pressing Enter: somebody may want to add flags. */
function typeStartCommand(t: Translate): void {
  const terminal = vscode.window.createTerminal({ name: t("Sandbox") });
  terminal.show();
  terminal.sendText("sandboot boot", false);
}

/** In code-server the external address is that of its proxy. */
async function openInBrowser(store: Store, processId: string): Promise<void> {
  const process = store.snapshot.state?.processes.find(({ id }) => id === processId);
  if (process?.url == null) return;
  const external = await vscode.env.asExternalUri(vscode.Uri.parse(process.url, true));
  await vscode.env.openExternal(external);
}

async function showLocations({ store, places, t, log }: CommandParts): Promise<void> {
  const { connection } = store.snapshot;
  const { from, places: all } = places();
  const origin = {
    setting: t("from a setting"),
    env: t("from the environment variable {0}", "SANDBOOT_SOCKET"),
    default: t("default"),
  }[from];
  const chosen = await vscode.window.showQuickPick(
    all.map((place) => {
      const name = describeEndpoint(place);
      return { label: name, description: origin, detail: outcomeAt(name) };
    }),
    { placeHolder: t("Where the panel looks for the runtime; select one to see the log") },
  );
  if (chosen !== undefined) log.show(true);

  function outcomeAt(name: string): string {
    switch (connection.id) {
      case "live":
        return connection.place === name
          ? t("connected")
          : t("not asked: another place has answered");
      case "stale":
        return connection.place === name ? connection.reason : t("not asked");
      case "incompatible":
        return t("speaks protocol version {0}", connection.schemaVersion);
      case "unreachable":
        return connection.attempts.find(({ place }) => place === name)?.problem ?? t("not asked");
      case "searching":
        return t("asking");
      default:
        connection satisfies never;
        return "";
    }
  }
}
