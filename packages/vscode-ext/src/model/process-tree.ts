import type { ProcessState, ProcessStatus } from "@sandboot/runtime/protocol";
import { isStale, type Snapshot } from "../store/snapshot.ts";
import { bridgeNode } from "./bridge-node.ts";
import { escapeMarkdown, formatBytes, formatDuration } from "./format.ts";
import type { Translate } from "./translate.ts";
import type { Icon, TreeNode } from "./tree-node.ts";

/** What a process and all that it started use at one moment. */
export interface ProcessUsage {
  readonly processes: number;
  readonly residentBytes: number;
  readonly cpuMs: number;
  /** Of one core, since the process started. */
  readonly cpuShare: number;
}

/** The Processes view, in the order in which the runtime knows them. */
export function processTree(snapshot: Snapshot, t: Translate): TreeNode[] {
  const { state } = snapshot;
  if (state === null) return [];
  const stale = isStale(snapshot);
  const bridge = bridgeNode(state, stale, t);
  const processes = state.processes.map((process): TreeNode => {
    const { status } = process;
    const told = processDescription(process, t);
    const description = stale ? `${told} · ${t("not current")}` : told;
    return {
      id: `process:${process.id}`,
      label: process.id,
      description,
      icon: stale ? { id: "debug-disconnect", tone: "muted" } : processIcon(status),
      traits: processTraits(process, snapshot.connection.id === "live"),
      subject: process.id,
      spoken: `${process.id}, ${description}`,
    };
  });
  return bridge === null ? processes : [...processes, bridge];
}

export function pidOf(status: ProcessStatus): number | null {
  return "pid" in status ? status.pid : null;
}

function processDescription(process: ProcessState, t: Translate): string {
  const { status, port, restarts } = process;
  const pid = pidOf(status);
  return [
    processWord(status, t),
    port === null || pid === null ? "" : `:${port}`,
    pid === null ? "" : t("pid {0}", pid),
    restarts === 0 ? "" : restarts === 1 ? t("1 restart") : t("{0} restarts", restarts),
  ]
    .filter((part) => part !== "")
    .join(" · ");
}

export function processWord(status: ProcessStatus, t: Translate): string {
  switch (status.id) {
    case "idle":
      return t("not started");
    case "starting":
      return t("starting");
    case "running":
      return t("running");
    case "stopping":
      return t("stopping");
    case "stopped":
      return t("stopped");
    case "crashed":
      return status.signal === null
        ? t("crashed with exit code {0}", status.exitCode ?? "?")
        : t("ended by {0}", status.signal);
    case "backoff":
      return t("restarting, attempt {0}", status.attempt);
    case "failed":
      return t("gave up");
    case "not-installed":
      return t("not installed");
    default:
      status satisfies never;
      return String((status as ProcessStatus).id);
  }
}

function processIcon(status: ProcessStatus): Icon {
  switch (status.id) {
    case "running":
      return { id: "pass-filled", tone: "good" };
    case "starting":
    case "stopping":
      return { id: "loading~spin", tone: "busy" };
    case "backoff":
      return { id: "history", tone: "warning" };
    case "crashed":
      return { id: "warning", tone: "warning" };
    case "failed":
      return { id: "error", tone: "bad" };
    case "idle":
    case "stopped":
      return { id: "circle-outline", tone: "muted" };
    case "not-installed":
      return { id: "circle-slash", tone: "muted" };
    default:
      status satisfies never;
      return { id: "question", tone: "muted" };
  }
}

/**
 * Whether a runtime answers is told by the line and not by a context key: an editor draws every line of the tree anew
 * when a key changes that the buttons of lines depend on, and complains of those that the tree has replaced meanwhile.
 */
function processTraits({ status, url }: ProcessState, isLive: boolean): string[] {
  const open = status.id === "running" && url !== null ? ["openable"] : [];
  return ["process", ...open, ...(isLive ? actionsIn(status) : [])];
}

function actionsIn(status: ProcessStatus): string[] {
  switch (status.id) {
    case "running":
    case "starting":
    case "crashed":
    case "backoff":
      return ["restartable", "stoppable"];
    case "idle":
    case "stopped":
    case "failed":
      return ["startable"];
    case "stopping":
    case "not-installed":
      return [];
    default:
      status satisfies never;
      return [];
  }
}

/** Made when somebody hovers, because only then its usage is read. */
export function processTooltip(
  process: ProcessState,
  usage: ProcessUsage | null,
  { t, nowMs }: { readonly t: Translate; readonly nowMs: number },
): string {
  const { status } = process;
  const rows: [string, string][] = [];
  const pid = pidOf(status);
  if (pid !== null) rows.push([t("Process id"), String(pid)]);
  if (process.port !== null) rows.push([t("Port"), String(process.port)]);
  if (process.url !== null) rows.push([t("Address"), `\`${process.url}\``]);
  if (status.id === "running") {
    rows.push([t("Ready for"), formatDuration(nowMs - status.readyMs)]);
    rows.push([t("Took"), formatDuration(status.readyMs - status.sinceMs)]);
    rows.push([t("Known by"), escapeMarkdown(status.readyBy)]);
  }
  if (status.id === "failed") rows.push([t("Reason"), escapeMarkdown(status.reason)]);
  if (status.id === "not-installed") rows.push([t("Command"), `\`${status.command}\``]);
  rows.push([t("Restarts"), String(process.restarts)]);
  if (usage !== null) {
    const tree = usage.processes > 1 ? ` (${t("{0} processes", usage.processes)})` : "";
    rows.push([t("Memory"), `${formatBytes(usage.residentBytes)}${tree}`]);
    const share = `${(usage.cpuShare * 100).toFixed(usage.cpuShare < 0.1 ? 1 : 0)} %`;
    rows.push([t("CPU"), `${formatDuration(usage.cpuMs)} · ${t("{0} of a core", share)}`]);
  }
  return [
    `**${escapeMarkdown(process.id)}** — ${escapeMarkdown(processWord(status, t))}`,
    "",
    "| | |",
    "|:--|:--|",
    ...rows.map(([key, value]) => `| ${key}   | ${value.replaceAll("|", "\\|")} |`),
  ].join("\n");
}
