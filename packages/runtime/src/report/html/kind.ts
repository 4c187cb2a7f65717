import type { PhasePlan } from "../../protocol/index.ts";

/** What a phase is about: its colour in the page. */
export type PhaseKind = "files" | "git" | "hook" | "agent" | "sidecar" | "door";

export const KIND_NAMES: Readonly<Record<PhaseKind, string>> = {
  files: "files",
  git: "git",
  hook: "hooks",
  agent: "agent",
  sidecar: "sidecars",
  door: "bridge",
};

export function kindOf({ id, where }: Pick<PhasePlan, "id" | "where">): PhaseKind {
  if (where === "workers") return "files";
  if (id.startsWith("workspace.")) return "git";
  if (id.startsWith("hook.")) return "hook";
  if (id.startsWith("agent.")) return "agent";
  if (id.startsWith("sidecar.")) return "sidecar";
  return "door";
}

/** The id that a phase's details have in the page. */
export function anchorOf(phase: string): string {
  return `phase-${encodeURIComponent(phase)}`;
}
