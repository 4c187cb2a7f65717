import type { PhaseState, PhaseStatus, RuntimeState } from "@sandboot/runtime/protocol";
import { isStale, type Snapshot } from "../store/snapshot.ts";
import { criticalChain } from "./critical-chain.ts";
import { codeBlock, escapeMarkdown, formatDetail, formatDuration } from "./format.ts";
import { groupPhases, type PhaseGroup, titleInGroup } from "./groups.ts";
import { outputOf, phaseChildren } from "./phase-children.ts";
import type { Translate } from "./translate.ts";
import type { Icon, TreeNode } from "./tree-node.ts";

export interface BootTreeContext {
  readonly t: Translate;
  /** Milliseconds since the runtime's process started, for what still runs. */
  readonly nowMs: number;
}

interface PhaseContext extends BootTreeContext {
  /** The line is broken: what ran then may have ended. */
  readonly stale: boolean;
}

/** The Boot view: groups of phases; empty when no runtime has answered, and the welcome text shows instead. */
export function bootTree(snapshot: Snapshot, options: BootTreeContext): TreeNode[] {
  const { state } = snapshot;
  if (state === null || state.phases.length === 0) return [];
  const context = { ...options, stale: isStale(snapshot) };
  const ended = state.status !== "booting" && state.status !== "idle";
  const chain = ended ? criticalChain(state.phases, state.fatal?.phase ?? null) : [];
  const critical = new Set(chain);
  return groupPhases(state.phases, context.t).map((group) =>
    groupNode(group, state, critical, context),
  );
}

function groupNode(
  group: PhaseGroup,
  state: RuntimeState,
  critical: ReadonlySet<string>,
  context: PhaseContext,
): TreeNode {
  const status = groupStatus(group.phases);
  const description = spanOf(group.phases, context);
  return {
    id: `group:${group.id}`,
    label: group.title,
    ...(description === "" ? {} : { description }),
    icon: phaseIcon(status, context),
    traits: ["group"],
    expanded: true,
    children: group.phases.map((phase) => phaseNode(phase, state, critical, context)),
    spoken: `${group.title}, ${runWord(status, context)} ${description}`,
  };
}

function groupStatus(phases: readonly PhaseState[]): PhaseStatus {
  const some = (status: PhaseStatus) => phases.some((phase) => phase.status === status);
  if (some("failed")) return "failed";
  if (some("running")) return "running";
  // One that the boot can do without may be cancelled on a good day: reading ahead ends when there is nothing to gain.
  if (phases.some(({ status, required }) => required && status === "cancelled")) return "cancelled";
  if (some("warned")) return "warned";
  if (phases.every(({ status }) => status === "skipped")) return "skipped";
  if (phases.every(({ status }) => status === "pending")) return "pending";
  return some("pending") ? "running" : "done";
}

function spanOf(phases: readonly PhaseState[], { nowMs, stale }: PhaseContext): string {
  const started = phases.flatMap(({ startMs }) => (startMs === null ? [] : [startMs]));
  if (started.length === 0) return "";
  const open = phases.some(({ status }) => status === "running" || status === "pending");
  if (open && stale) return "";
  const ends = phases.flatMap(({ endMs }) => (endMs === null ? [] : [endMs]));
  return formatDuration((open ? nowMs : Math.max(...ends)) - Math.min(...started));
}

function phaseNode(
  phase: PhaseState,
  state: RuntimeState,
  critical: ReadonlySet<string>,
  context: PhaseContext,
): TreeNode {
  const { t } = context;
  const output = state.output[phase.id] ?? [];
  const stage = phase.id === "stage" ? state.stage : null;
  const children = phaseChildren(phase, { stage, output }, t);
  const description = phaseDescription(phase, context);
  const isCritical = critical.has(phase.id);
  const failed = phase.status === "failed" || phase.status === "warned";
  return {
    // The tree remembers by id what was folded; a phase that fails is another thing to look at, and opens.
    id: failed ? `phase:${phase.id}:failed` : `phase:${phase.id}`,
    label: titleInGroup(phase),
    description,
    icon: phaseIcon(phase.status, context),
    tooltip: phaseTooltip(phase, isCritical, context),
    traits: ["phase", "copyable", ...(outputOf(phase, output).length > 0 ? ["output"] : [])],
    subject: phase.id,
    critical: isCritical,
    copy: phase.failure?.message ?? `${phase.id}: ${description}`,
    ...(children.length > 0 ? { children, expanded: failed } : {}),
    spoken: [
      phase.title,
      runWord(phase.status, context),
      phase.startMs === null ? "" : description,
      isCritical ? t("on the critical chain") : "",
    ]
      .filter((part) => part !== "")
      .join(", "),
  };
}

function phaseDescription(phase: PhaseState, context: PhaseContext): string {
  const word = runWord(phase.status, context);
  if (phase.startMs === null) return word;
  const duration = formatDuration((phase.endMs ?? context.nowMs) - phase.startMs);
  switch (phase.status) {
    case "running":
      return context.stale ? word : `${duration}…`;
    case "warned":
    case "failed":
    case "cancelled":
      return `${word} · ${duration}`;
    case "skipped":
      return word;
    default:
      return duration;
  }
}

function runWord(status: PhaseStatus, { t, stale }: PhaseContext): string {
  return stale && status === "running" ? t("was running") : statusWord(status, t);
}

const phaseIcons: Readonly<Record<PhaseStatus, Icon>> = {
  pending: { id: "circle-outline", tone: "muted" },
  running: { id: "loading~spin", tone: "busy" },
  done: { id: "pass", tone: "good" },
  warned: { id: "warning", tone: "warning" },
  failed: { id: "error", tone: "bad" },
  skipped: { id: "debug-step-over", tone: "muted" },
  cancelled: { id: "circle-slash", tone: "muted" },
};

/** A status of a newer runtime is shown as a question, not as a fault. */
function phaseIcon(status: PhaseStatus, { stale }: PhaseContext): Icon {
  if (stale && status === "running") return { id: "debug-disconnect", tone: "muted" };
  return phaseIcons[status] ?? { id: "question", tone: "muted" };
}

export function statusWord(status: PhaseStatus, t: Translate): string {
  switch (status) {
    case "pending":
      return t("waiting");
    case "running":
      return t("running");
    case "done":
      return t("done");
    case "warned":
      return t("failed, boot went on");
    case "failed":
      return t("failed");
    case "skipped":
      return t("skipped");
    case "cancelled":
      return t("cancelled");
    default:
      status satisfies never;
      return String(status);
  }
}

function phaseTooltip(phase: PhaseState, critical: boolean, context: PhaseContext): string {
  const { t, nowMs } = context;
  const status = runWord(phase.status, context);
  const lines = [
    `**${escapeMarkdown(phase.title)}** — ${escapeMarkdown(status)}${critical ? ` · ◆ ${t("on the critical chain")}` : ""}`,
    "",
    "| | |",
    "|:--|:--|",
    row(t("Phase"), `\`${phase.id}\``),
  ];
  if (phase.startMs !== null) {
    lines.push(row(t("Began"), `${formatDuration(phase.startMs)} ${t("after the start")}`));
    if (phase.endMs !== null) lines.push(row(t("Ended"), formatDuration(phase.endMs)));
    lines.push(row(t("Took"), formatDuration((phase.endMs ?? nowMs) - phase.startMs)));
  }
  const needs = phase.needs.map((id) => `\`${id}\``).join(", ");
  lines.push(row(t("Needs"), needs === "" ? t("nothing") : needs));
  lines.push(row(t("Required"), phase.required ? t("yes") : t("no, boot goes on without it")));
  for (const detail of Object.entries(phase.detail)) {
    const [name, value] = formatDetail(...detail);
    lines.push(row(escapeMarkdown(name), escapeMarkdown(value)));
  }
  for (const warning of phase.warnings) lines.push("", `⚠ ${escapeMarkdown(warning)}`);
  if (phase.failure !== undefined) {
    lines.push("", `✗ ${escapeMarkdown(phase.failure.message)}`);
    if (phase.failure.hint !== undefined) lines.push("", escapeMarkdown(phase.failure.hint));
    const tail = phase.failure.outputTail ?? [];
    if (tail.length > 0) lines.push("", codeBlock(tail.slice(-8)));
  }
  return lines.join("\n");
}

function row(key: string, value: string): string {
  return `| ${key}   | ${value.replaceAll("\n", " ").replaceAll("|", "\\|")} |`;
}
