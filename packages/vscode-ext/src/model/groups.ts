import type { PhaseState } from "@sandboot/runtime/protocol";
import type { Translate } from "./translate.ts";

/** Phases that serve one purpose, as the boot's graph has them. */
export interface PhaseGroup {
  readonly id: string;
  readonly title: string;
  readonly phases: readonly PhaseState[];
}

/** Groups in the order in which they began, phases in the order in which they did; what has not begun keeps the plan's. */
export function groupPhases(phases: readonly PhaseState[], t: Translate): PhaseGroup[] {
  const groups = new Map<string, PhaseState[]>();
  for (const phase of inStartOrder(phases)) {
    const id = groupOf(phase.id);
    groups.set(id, [...(groups.get(id) ?? []), phase]);
  }
  return [...groups].map(([id, members]) => ({ id, title: titleOf(id, t), phases: members }));
}

/**
 * What a phase is called below the title of its group: without the repository, which the group names, and without the
 * way to its script. Lines are narrow.
 */
export function titleInGroup({ id, title }: PhaseState): string {
  const repository = repositoryOf(id);
  if (repository === undefined) return title;
  const short = [` of ${repository}`, ` ${repository}`].reduce(
    (text, end) => (text.endsWith(end) ? text.slice(0, -end.length) : text),
    title,
  );
  return short.replace(/(^|\s)\S*\/(?=\S)/g, "$1");
}

export function inStartOrder(phases: readonly PhaseState[]): PhaseState[] {
  return phases
    .map((phase, index) => ({ phase, index }))
    .sort((a, b) => {
      const [startA, startB] = [a.phase.startMs, b.phase.startMs];
      if (startA === startB) return a.index - b.index;
      if (startA === null) return 1;
      if (startB === null) return -1;
      return startA - startB || a.index - b.index;
    })
    .map(({ phase }) => phase);
}

function groupOf(phaseId: string): string {
  const repository = repositoryOf(phaseId);
  if (repository !== undefined) return `repository:${repository}`;
  if (phaseId === "stage" || phaseId === "prefetch" || phaseId.startsWith("agent.")) return "agent";
  if (phaseId.startsWith("sidecar.")) return "sidecars";
  if (phaseId === "bridge" || phaseId === "ready") return "bridge";
  return "other";
}

function repositoryOf(phaseId: string): string | undefined {
  return /^(?:workspace|hook)\.[^:]+:(.+)$/.exec(phaseId)?.[1];
}

function titleOf(id: string, t: Translate): string {
  if (id.startsWith("repository:")) return t("Repository {0}", id.slice("repository:".length));
  switch (id) {
    case "agent":
      return t("Agent");
    case "sidecars":
      return t("Sidecars");
    case "bridge":
      return t("Open for prompts");
    default:
      return t("Other");
  }
}
