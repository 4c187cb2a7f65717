import {
  chainShares,
  elapsedOf,
  elapsedOfAll,
  focusOf,
  formatDetail,
  formatDuration,
  formatShare,
  isUnderWay,
  outputOf,
  type PhaseState,
  type PhaseStatus,
  phaseTones,
  phaseWords,
  type RuntimeState,
  tellingDetails,
  warningsBesideFailure,
} from "@sandboot/runtime/protocol";
import { isStale, type Snapshot } from "../store/snapshot.ts";
import { groupPhases, type PhaseGroup, titleInGroup } from "./groups.ts";
import { codeBlock, escapeMarkdown } from "./markdown.ts";
import { phaseChildren } from "./phase-children.ts";
import { recoveryNode } from "./recovery-node.ts";
import { type Fact, factsTooltip } from "./tooltip.ts";
import type { Translate } from "./translate.ts";
import type { Icon, TreeNode } from "./tree-node.ts";

export interface BootTreeContext {
  readonly t: Translate;
  /** The runtime's clock in milliseconds, for phases that are running. */
  readonly nowMs: number;
}

interface PhaseContext extends BootTreeContext {
  /** The share that each phase of the critical chain has in what the boot waited for. */
  readonly shares: ReadonlyMap<string | null, string>;
  /** The connection is lost: phases that were running may have ended. */
  readonly stale: boolean;
}

/** The Boot view: groups of phases. Empty when no runtime has answered; the view then shows its welcome text. */
export function bootTree(snapshot: Snapshot, options: BootTreeContext): TreeNode[] {
  const { state } = snapshot;
  if (state === null || state.phases.length === 0) return [];
  const context = { ...options, stale: isStale(snapshot), shares: sharesOf(focusOf(state)) };
  const header = recoveryNode(state, snapshot.connection.id === "live", context.t);
  const groups = groupPhases(state.phases, context.t).map((group) =>
    groupNode(group, state, context),
  );
  return header === null ? groups : [header, ...groups];
}

/** The share of each phase of the critical chain, by id. That of sandboot itself has no id. */
export function sharesOf(state: RuntimeState): ReadonlyMap<string | null, string> {
  return new Map(chainShares(state).map(({ id, share }) => [id, formatShare(share)]));
}

function groupNode(group: PhaseGroup, state: RuntimeState, context: PhaseContext): TreeNode {
  const status = groupStatus(group.phases);
  const description = spanOf(group.phases, state, context);
  return {
    id: `group:${group.id}`,
    label: group.title,
    ...(description === "" ? {} : { description }),
    icon: phaseIcon(status, context),
    traits: ["group"],
    expanded: true,
    children: group.phases.map((phase) => phaseNode(phase, state, context)),
    spoken: `${group.title}, ${runWord(status, context)} ${description}`,
  };
}

function groupStatus(phases: readonly PhaseState[]): PhaseStatus {
  const some = (status: PhaseStatus) => phases.some((phase) => phase.status === status);
  if (some("failed")) return "failed";
  if (some("running")) return "running";
  // An optional phase may be cancelled in a good boot: `prefetch` is, once the agent has started.
  if (phases.some(({ status, required }) => required && status === "cancelled")) return "cancelled";
  if (some("warned")) return "warned";
  if (phases.every(({ status }) => status === "skipped")) return "skipped";
  if (phases.every(({ status }) => status === "pending")) return "pending";
  return some("pending") ? "running" : "done";
}

/** How long a group took. When an adopt has added phases to it, only those count: the seed may have waited for hours. */
function spanOf(
  phases: readonly PhaseState[],
  { adopt }: RuntimeState,
  { nowMs, stale }: PhaseContext,
): string {
  const ofAdopt = phases.filter(({ id }) => adopt?.phaseIds.includes(id));
  const timed = ofAdopt.length > 0 ? ofAdopt : phases;
  if (stale && timed.some(({ status }) => isUnderWay(status))) return "";
  const elapsedMs = elapsedOfAll(timed, nowMs);
  return elapsedMs === null ? "" : formatDuration(elapsedMs);
}

function phaseNode(phase: PhaseState, state: RuntimeState, context: PhaseContext): TreeNode {
  const { t } = context;
  const output = outputOf(state, phase.id);
  const stage = phase.id === "stage" ? state.stage : null;
  const children = phaseChildren(phase, { stage, output }, t);
  const description = phaseDescription(phase, context);
  const share = context.shares.get(phase.id);
  const failed = phase.status === "failed" || phase.status === "warned";
  return {
    // The editor remembers by id which lines were collapsed. A failed phase gets another id, so that it is expanded.
    id: failed ? `phase:${phase.id}:failed` : `phase:${phase.id}`,
    label: titleInGroup(phase),
    description: share === undefined ? description : `${description} · ${share}`,
    icon: phaseIcon(phase.status, context),
    tooltip: phaseTooltip(phase, share, context),
    traits: ["phase", "copyable", ...(output.length > 0 ? ["output"] : [])],
    subject: phase.id,
    critical: share !== undefined,
    copy: phase.failure?.message ?? `${phase.id}: ${description}`,
    ...(children.length > 0 ? { children, expanded: failed } : {}),
    spoken: [
      phase.title,
      runWord(phase.status, context),
      phase.startMs === null ? "" : description,
      share === undefined ? "" : onChain(share, t),
    ]
      .filter((part) => part !== "")
      .join(", "),
  };
}

function phaseDescription(phase: PhaseState, context: PhaseContext): string {
  const word = runWord(phase.status, context);
  const elapsedMs = elapsedOf(phase, context.nowMs);
  if (elapsedMs === null) return word;
  const duration = formatDuration(elapsedMs);
  switch (phase.status) {
    case "running":
      return context.stale ? word : `${duration}…`;
    case "warned":
    case "failed":
    case "cancelled":
      return `${word} · ${duration}`;
    case "skipped":
      return phase.because === undefined ? word : context.t("skipped: {0}", phase.because);
    default:
      return duration;
  }
}

function runWord(status: PhaseStatus, { t, stale }: PhaseContext): string {
  return stale && status === "running" ? t("was running") : phaseWord(status, t);
}

/** A status that a newer runtime has added is shown by its id. */
export function phaseWord(status: PhaseStatus, t: Translate): string {
  return t(phaseWords[status] ?? status);
}

const phaseIcons: Readonly<Record<PhaseStatus, string>> = {
  pending: "circle-outline",
  running: "loading~spin",
  done: "pass",
  warned: "warning",
  failed: "error",
  skipped: "debug-step-over",
  cancelled: "circle-slash",
};

/** A status that a newer runtime has added gets a question mark and not the icon of a failure. */
function phaseIcon(status: PhaseStatus, { stale }: PhaseContext): Icon {
  if (stale && status === "running") return { id: "debug-disconnect", tone: "muted" };
  return { id: phaseIcons[status] ?? "question", tone: phaseTones[status] ?? "muted" };
}

function onChain(share: string, t: Translate): string {
  return t("{0} of the critical chain", share);
}

function phaseTooltip(phase: PhaseState, share: string | undefined, context: PhaseContext): string {
  const { t, nowMs } = context;
  const { startMs, endMs, failure } = phase;
  const elapsedMs = elapsedOf(phase, nowMs);
  const facts: Fact[] = [[t("Phase"), `\`${phase.id}\``]];
  if (startMs !== null) {
    facts.push([t("Began"), t("{0} after the start", formatDuration(startMs))]);
    if (endMs !== null) facts.push([t("Ended"), formatDuration(endMs)]);
  }
  if (elapsedMs !== null) facts.push([t("Took"), formatDuration(elapsedMs)]);
  const needs = phase.needs.map((id) => `\`${id}\``).join(", ");
  facts.push([t("Needs"), needs === "" ? t("nothing") : needs]);
  facts.push([t("Required"), phase.required ? t("yes") : t("no, the boot continues without it")]);
  for (const detail of tellingDetails(phase.detail)) {
    const [name, value] = formatDetail(...detail);
    facts.push([escapeMarkdown(name), escapeMarkdown(value)]);
  }
  const mark = share === undefined ? "" : ` · ◆ ${onChain(share, t)}`;
  const lines = [factsTooltip(phase.title, `${runWord(phase.status, context)}${mark}`, facts)];
  for (const warning of warningsBesideFailure(phase))
    lines.push("", `⚠ ${escapeMarkdown(warning)}`);
  if (failure !== undefined) {
    lines.push("", `✗ ${escapeMarkdown(failure.message)}`);
    if (failure.hint !== undefined) lines.push("", escapeMarkdown(failure.hint));
    const tail = failure.outputTail ?? [];
    if (tail.length > 0) lines.push("", codeBlock(tail.slice(-8)));
  }
  return lines.join("\n");
}
