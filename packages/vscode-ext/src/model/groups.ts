import { inStartOrder, kindOf, type PhaseState, repositoryOf } from "@sandboot/runtime/protocol";
import type { Translate } from "./translate.ts";

/** Phases with one purpose. */
export interface PhaseGroup {
  readonly id: string;
  readonly title: string;
  readonly phases: readonly PhaseState[];
}

/** Groups and their phases in the order in which they began. Those that have not begun come last, in plan order. */
export function groupPhases(phases: readonly PhaseState[], t: Translate): PhaseGroup[] {
  const groups = new Map<string, PhaseState[]>();
  for (const phase of inStartOrder(phases)) {
    const id = groupOf(phase);
    groups.set(id, [...(groups.get(id) ?? []), phase]);
  }
  return [...groups].map(([id, members]) => ({ id, title: titleOf(id, t), phases: members }));
}

/**
 * A phase's title for a line below its group's title. Lines are narrow, so it leaves out the repository, which the group
 * names, and the folder of a script.
 */
export function titleInGroup(phase: PhaseState): string {
  const { title } = phase;
  const repository = repositoryOf(phase);
  if (repository === null) return title;
  const short = [` of ${repository}`, ` in ${repository}`, ` ${repository}`].reduce(
    (text, end) => (text.endsWith(end) ? text.slice(0, -end.length) : text),
    title,
  );
  return short.replace(/(^|\s)\S*\/(?=\S)/g, "$1");
}

function groupOf(phase: PhaseState): string {
  const repository = repositoryOf(phase);
  if (repository !== null) return `repository:${repository}`;
  switch (kindOf(phase)) {
    case "files":
    case "agent":
      return "agent";
    case "sidecar":
      return "sidecars";
    case "bridge":
      return "bridge";
    default:
      return "other";
  }
}

function titleOf(id: string, t: Translate): string {
  if (id.startsWith("repository:")) return t("Repository {0}", id.slice("repository:".length));
  switch (id) {
    case "agent":
      return t("Agent");
    case "sidecars":
      return t("Sidecars");
    case "bridge":
      return t("Bridge");
    default:
      return t("Other");
  }
}
