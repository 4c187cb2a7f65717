import {
  agentOfProcess,
  agentStateOf,
  agentStateWords,
  describeProcess,
  formatBytes,
  formatDuration,
  type ProcessState,
  type ProcessStatus,
  pidOf,
  processTones,
  type RuntimeState,
  readinessOf,
} from "@sandboot/runtime/protocol";
import { isStale, type Snapshot } from "../store/snapshot.ts";
import { bridgeNode } from "./bridge-node.ts";
import { escapeMarkdown } from "./markdown.ts";
import { type Fact, factsTooltip } from "./tooltip.ts";
import { say, type Translate } from "./translate.ts";
import type { Icon, TreeNode } from "./tree-node.ts";

/** What a process and its descendants use now. */
export interface ProcessUsage {
  readonly processes: number;
  readonly residentBytes: number;
  readonly cpuMs: number;
  /** Share of one core, on average since the process started. */
  readonly cpuShare: number;
}

/** The Processes view, in the runtime's order. */
export function processTree(snapshot: Snapshot, t: Translate): TreeNode[] {
  const { state } = snapshot;
  if (state === null) return [];
  const stale = isStale(snapshot);
  const bridge = bridgeNode(state, stale, t);
  const processes = state.processes.map((process): TreeNode => {
    const { status } = process;
    const told = processDescription(process, state, t);
    const description = stale ? `${told} · ${t("out of date")}` : told;
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

function processDescription(process: ProcessState, state: RuntimeState, t: Translate): string {
  const { status, port, restarts } = process;
  const pid = pidOf(status);
  const agent = status.id === "running" ? agentOfProcess(state, process) : null;
  return [
    processWord(status, t),
    port === null || pid === null ? "" : `:${port}`,
    pid === null ? "" : t("pid {0}", pid),
    agent === null ? "" : t(agentStateWords[agentStateOf(agent, state)]),
    restarts === 0 ? "" : restarts === 1 ? t("1 restart") : t("{0} restarts", restarts),
  ]
    .filter((part) => part !== "")
    .join(" · ");
}

export function processWord(status: ProcessStatus, t: Translate): string {
  return say(describeProcess(status).message, t);
}

const processIcons: Readonly<Record<ProcessStatus["id"], string>> = {
  idle: "circle-outline",
  starting: "loading~spin",
  running: "pass-filled",
  stopping: "loading~spin",
  stopped: "circle-outline",
  crashed: "warning",
  backoff: "history",
  failed: "error",
  "not-installed": "circle-slash",
};

/** A state that a newer runtime has added gets a question mark and not the icon of a failure. */
function processIcon({ id }: ProcessStatus): Icon {
  return { id: processIcons[id] ?? "question", tone: processTones[id] ?? "muted" };
}

/**
 * Words for package.json's `when` clauses. Whether a runtime answers is one of these words and not a context key: when a
 * context key of a line's button changes, the editor redraws every line, and reports errors for lines that are gone.
 */
function processTraits({ id, status, url }: ProcessState, isLive: boolean): string[] {
  const open = status.id === "running" && url !== null ? ["openable"] : [];
  const actions = isLive ? actionsIn(status) : [];
  // Nobody could start the editor again from the editor.
  const offered = id === "code-server" ? actions.filter((one) => one !== "stoppable") : actions;
  return ["process", ...open, ...offered];
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

/** Made when somebody hovers over the line: the usage is read only then. */
export function processTooltip(
  process: ProcessState,
  usage: ProcessUsage | null,
  { t, nowMs }: { readonly t: Translate; readonly nowMs: number },
): string {
  const { status } = process;
  const pid = pidOf(status);
  const ready = readinessOf(status, nowMs);
  const facts: Fact[] = [];
  if (pid !== null) facts.push([t("Process id"), String(pid)]);
  if (process.port !== null) facts.push([t("Port"), String(process.port)]);
  if (process.url !== null) facts.push([t("Address"), `\`${process.url}\``]);
  if (ready !== null) {
    facts.push([t("Ready for"), formatDuration(ready.sinceMs)]);
    facts.push([t("Ready after"), formatDuration(ready.tookMs)]);
  }
  if (status.id === "running") facts.push([t("Detected by"), escapeMarkdown(status.readyBy)]);
  if (status.id === "failed") facts.push([t("Reason"), escapeMarkdown(status.reason)]);
  if (status.id === "not-installed") facts.push([t("Command"), `\`${status.command}\``]);
  facts.push([t("Restarts"), String(process.restarts)]);
  if (usage !== null) {
    const tree = usage.processes > 1 ? ` (${t("{0} processes", usage.processes)})` : "";
    facts.push([t("Memory"), `${formatBytes(usage.residentBytes)}${tree}`]);
    const share = `${(usage.cpuShare * 100).toFixed(usage.cpuShare < 0.1 ? 1 : 0)} %`;
    facts.push([t("CPU"), `${formatDuration(usage.cpuMs)} · ${t("{0} of a core", share)}`]);
  }
  return factsTooltip(process.id, processWord(status, t), facts);
}
