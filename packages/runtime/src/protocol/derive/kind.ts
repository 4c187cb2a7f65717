import type { PhasePlan } from "../phase.ts";

/** What a phase works on. */
export type PhaseKind = "files" | "git" | "hook" | "agent" | "sidecar" | "bridge" | "other";

export function kindOf({ id }: Pick<PhasePlan, "id">): PhaseKind {
  switch (id) {
    case "stage":
      return "files";
    case "prefetch":
      return "agent";
    case "bridge":
    case "ready":
      return "bridge";
    default:
      if (id.startsWith("workspace.sync:")) return "git";
      return KIND_BY_ROOM.get(id.split(".", 1)[0] ?? "") ?? "other";
  }
}

/** By what stands before the first dot of the id. */
const KIND_BY_ROOM: ReadonlyMap<string, PhaseKind> = new Map([
  ["workspace", "files"],
  ["hook", "hook"],
  ["agent", "agent"],
  ["sidecar", "sidecar"],
]);

/** The repository that a phase is about: `shop` of `hook.start:shop`. Null when it is about none, or about all. */
export function repositoryOf({ id }: Pick<PhasePlan, "id">): string | null {
  return /^(?:workspace|hook)\.[^:]+:(.+)$/.exec(id)?.[1] ?? null;
}
